// Authorizations from outside: what was shown is what is signed; an edit asks again, a clock does not.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { spawnSync } from 'node:child_process';
import { client, password, program, startShop, until } from '../../../tests/end-to-end/harness.mjs';

test('authorizations', async (t) => {
  const shop = await startShop();
  t.after(() => shop.stop());
  const advisor = client(shop, shop.token('advisor@demo.test'));
  const tech = client(shop, shop.token('tech@demo.test'));
  const admin = client(shop, shop.token('owner@demo.test'));
  const refused = (r, status, message) => {
    assert.equal(r.status, status, JSON.stringify(r.body));
    if (message) assert.match(JSON.stringify(r.body), message);
  };
  const portalUser = async (login, id, name = 'Elena Marquez') => {
    const r = spawnSync(program, ['user', 'add', login, '--name', name, '--licences', 'portal', '--customer', String(id), '--password-stdin'],
      { env: shop.env, input: `${password}\n`, encoding: 'utf8' });
    assert.equal(r.status, 0, r.stderr);
    return shop.token(login);
  };
  const elena = await advisor.make('/customers', { first: 'Elena', last: 'Marquez', phone: '(310) 555-0187', email: 'elena@mail.test' });
  const tom = await advisor.make('/customers', { last: 'Achterberg', phone: '(310) 555-0144' });
  const unit = await advisor.make(`/customers/${elena}/units/new`, { year: 2016, make: 'Subaru', model: 'Outback', plate: '7KRD482' });
  const customerToken = await portalUser('elena@mail.test', elena), customer = client(shop, customerToken);
  const stranger = client(shop, await portalUser('tom@mail.test', tom));

  const write = async () => {
    const job = await advisor.make('/jobs', { customer: elena, unit, title: 'Brakes' });
    const at = `/jobs/${job}`;
    const labor = await advisor.make(`${at}/tasks`, { title: 'Find the leak', kind: 'hourly', estimated: 1500 });
    const part = await advisor.make(`${at}/parts`, { description: 'Rotor', quantity: 2000, price: 8130, taxed: true });
    return { job, at, labor, part, portal: `/portal${at}` };
  };
  const ask = (j) => advisor.make(`${j.at}/authorization/request`, { message: 'Worn.', no_mail: true });
  const review = async (j) => (await customer.get(`${j.portal}/authorize`)).body;
  const standing = async (j) => (await advisor.get(j.at)).body.authorization;

  await t.test('nothing asked, nothing shown', async () => {
    const j = await write();
    refused(await customer.get(`${j.portal}/authorize`), 404);
    assert.doesNotMatch(JSON.stringify((await customer.get(j.portal)).body), /price|"total"|8130|16260/);
    refused(await customer.post(`${j.at}/authorization/request`), 403);
  });

  await t.test('signed as shown; another hash is 409 with the new page', async () => {
    const j = await write();
    await ask(j);
    const shown = await review(j);
    assert.equal(shown.total, 16260 + 1545);
    assert.equal(shown.lines[0].estimated, 1500);
    refused(await stranger.get(`${j.portal}/authorize`), 404);
    refused(await stranger.post(`${j.portal}/authorize`, { hash: shown.hash, name: 'Tom' }), 404);
    const other = await customer.post(`${j.portal}/authorize`, { hash: '0'.repeat(64), name: 'Elena' });
    refused(other, 409, /changed since this page/);
    assert.equal(other.body.hash, shown.hash, 'the new page comes with it');
    refused(await customer.post(`${j.portal}/authorize`, { hash: shown.hash }), 422, /type your full name/);
    refused(await customer.post(`${j.portal}/authorize`, { hash: shown.hash, strokes: '[[{"x":1' }), 422, /could not be read/);
    refused(await customer.post(`${j.portal}/authorize`, { hash: shown.hash, strokes: 'x'.repeat(60001) }), 422);
    await customer.make(`${j.portal}/authorize`, { hash: shown.hash, name: 'Elena Marquez', strokes: '[[{"x":1,"y":2},{"x":30,"y":40}]]' });
    assert.equal(await standing(j), 'authorized');
    refused(await customer.post(`${j.portal}/authorize`, { hash: shown.hash, name: 'Elena' }), 409, /already/);
    const row = await until('the document', async () => {
      const h = (await advisor.get(`${j.at}/authorization`)).body.history[0];
      return h.document_path && h;
    });
    assert.equal(row.name, 'Elena Marquez');
    assert.equal(row.drawn, true);
    assert.equal(row.proof, 'signed in to the portal');
    const pdf = await customer.get(`/portal${row.document_path}`);
    assert.equal(pdf.status, 200);
    refused(await stranger.get(`/portal${row.document_path}`), 404);
  });

  await t.test('a running clock does not ask again, an edited line does', async () => {
    const j = await write();
    await ask(j);
    await customer.make(`${j.portal}/authorize`, { hash: (await review(j)).hash, name: 'Elena' });
    await tech.make(`${j.at}/tasks/${j.labor}/do`, { action: 'clock_on' });
    await tech.make(`${j.at}/tasks/${j.labor}/do`, { action: 'clock_off' });
    assert.equal(await standing(j), 'authorized');
    await advisor.make(`${j.at}/parts/${j.part}/edit`, { description: 'Rotor', price: 9130 });
    assert.equal(await standing(j), 'superseded');
    const page = (await advisor.get(`${j.at}/authorization`)).body;
    assert.equal(page.changes.length, 1);
    assert.match(page.changes[0].what, /81\.30 → .*91\.30/);
    assert.equal(page.history[0].state, 'superseded');
    await ask(j);
    const again = await review(j);
    assert.equal(again.former_total, 16260 + 1545);
    assert.ok(again.added > 0);
    // Edited while it is asked: the open page can't be signed any more.
    await advisor.make(`${j.at}/tasks`, { title: 'More', kind: 'flat', price: 100 });
    refused(await customer.post(`${j.portal}/authorize`, { hash: again.hash, name: 'Elena' }), 409, /changing the work/);
    assert.equal((await review(j)).superseded, true);
    assert.deepEqual((await review(j)).lines, []);
  });

  await t.test('declined with a reason; by phone with the right total; at the counter', async () => {
    const j = await write();
    await ask(j);
    const hash = (await review(j)).hash;
    refused(await customer.post(`${j.portal}/decline`, { hash }), 422, /decline/);
    await customer.make(`${j.portal}/decline`, { hash, reason: 'Too much.' });
    assert.equal(await standing(j), 'declined');
    await ask(j);
    const call = { hash: (await review(j)).hash, name: 'Elena', called: '310 555 0187', at: new Date().toISOString(), note: 'Rotors', total: 1 };
    refused(await advisor.post(`${j.at}/authorization/phone`, call), 422, /not the total that was asked/);
    refused(await advisor.post(`${j.at}/authorization/phone`, { ...call, total: 17805, at: new Date(Date.now() + 3600e3).toISOString() }), 422, /future/);
    await advisor.make(`${j.at}/authorization/phone`, { ...call, total: 17805 });
    assert.equal((await advisor.get(`${j.at}/authorization`)).body.history[0].how, 'phone');
    await ask(j);
    await advisor.make(`${j.at}/authorization/sign`, { hash: (await review(j)).hash, name: 'Elena' });
    assert.equal((await advisor.get(`${j.at}/authorization`)).body.history[0].how, 'counter');
  });

  await t.test('the mailed link: opened twice, used once, good for one job, needs a proof', async () => {
    const j = await write(), foreign = await write();
    await advisor.make(`${j.at}/authorization/request`, { message: 'Please look.' });
    await ask(foreign);
    const mail = await shop.mailTo('elena@mail.test', 'Authorization requested by');
    const link = mail.links[0];
    const page = await (await fetch(link)).text();
    assert.match(await (await fetch(link)).text(), /Nothing is authorized by opening/);
    assert.doesNotMatch(page, /\$\d/);
    assert.doesNotMatch(page, /7KRD482/, 'the plate is a proof: the link alone does not tell it');
    const first = await fetch(link);
    const cookies = [...first.headers.getSetCookie()].map((c) => c.split(';')[0]);
    const csrf = /name="csrf" value="([^"]*)"/.exec(await first.text())?.[1] ?? '';
    const opened = await fetch(link, { method: 'POST', redirect: 'manual', headers: { Cookie: cookies.join('; '), 'Content-Type': 'application/x-www-form-urlencoded', Origin: shop.url },
      body: new URLSearchParams({ csrf }) });
    assert.equal(opened.status, 303);
    const jar = [...cookies, ...opened.headers.getSetCookie().map((c) => c.split(';')[0])].join('; ');
    const guest = async (path) => fetch(shop.url + path, { headers: { Cookie: jar, Accept: 'application/json' }, redirect: 'manual' });
    for (const p of [`${j.portal}/authorize`, j.portal]) {
      const told = await guest(p);
      assert.equal(told.status, 200);
      assert.doesNotMatch(await told.text(), /7KRD482/);
      assert.doesNotMatch(await (await fetch(shop.url + p, { headers: { Cookie: jar } })).text(), /7KRD482/);
    }
    assert.notEqual((await guest(`${foreign.portal}/authorize`)).status, 200, 'another job of the same customer');
    assert.notEqual((await guest('/portal')).status, 200);
    assert.equal((await fetch(link)).status, 404, 'used up');
    const form = await (await fetch(`${shop.url}${j.portal}/authorize`, { headers: { Cookie: jar } })).text();
    const value = (n) => new RegExp(`name="${n}" value="([^"]*)"`).exec(form)[1];
    const sign = (proof) => fetch(`${shop.url}${j.portal}/authorize/guest`, { method: 'POST', redirect: 'manual',
      headers: { Cookie: jar, 'Content-Type': 'application/x-www-form-urlencoded', Origin: shop.url },
      body: new URLSearchParams({ csrf: value('csrf'), hash: value('hash'), name: 'Elena', proof }) });
    assert.equal((await sign('0000')).status, 422);
    assert.equal((await sign('')).status, 422);
    assert.equal((await sign('7krd 482')).status, 303);
    assert.equal((await advisor.get(`${j.at}/authorization`)).body.history[0].proof, 'mailed link, plate');
  });

  await t.test('the text that was shown is part of what is signed', async () => {
    const j = await write();
    await ask(j);
    const shown = await review(j);
    const { name, zone, terms } = (await admin.get('/admin/shop')).body;
    await admin.make('/admin/shop', { name, zone, terms: `${terms} Storage costs extra.` });
    await ask(j); // the same lines, other terms
    const late = await customer.post(`${j.portal}/authorize`, { hash: shown.hash, name: 'Elena' });
    refused(late, 409, /changed since this page was shown/);
    assert.match(late.body.terms, /Storage costs extra/);
    refused(await customer.post(`${j.portal}/decline`, { hash: shown.hash, reason: 'No.' }), 409);
    await customer.make(`${j.portal}/authorize`, { hash: late.body.hash, name: 'Elena' });
    await admin.make('/admin/shop', { name, zone, terms });
  });

  await t.test('nothing is signed on a job that was closed meanwhile', async () => {
    const j = await write();
    await ask(j);
    const shown = await review(j);
    await advisor.make(`${j.at}/do`, { action: 'cancel', reason: 'Sold the car.' });
    assert.equal((await customer.get(j.portal)).body.ask, 'none');
    assert.equal((await review(j)).pending, false);
    refused(await customer.post(`${j.portal}/authorize`, { hash: shown.hash, name: 'Elena' }), 409, /closed/);
    refused(await customer.post(`${j.portal}/decline`, { hash: shown.hash, reason: 'No.' }), 409, /closed/);
    refused(await advisor.post(`${j.at}/authorization/sign`, { hash: shown.hash, name: 'Elena' }), 409, /closed/);
  });

  await t.test('a drawn signature names who signed in, not the customer on file', async () => {
    const driver = client(shop, await portalUser('driver@mail.test', elena, 'Bob Driver'));
    const j = await write();
    await ask(j);
    await driver.make(`${j.portal}/authorize`, { hash: (await review(j)).hash, strokes: '[[{"x":1,"y":2},{"x":30,"y":40}]]' });
    assert.equal((await advisor.get(`${j.at}/authorization`)).body.history[0].name, 'Bob Driver');
    const k = await write();
    await ask(k);
    await driver.make(`${k.portal}/decline`, { hash: (await review(k)).hash, reason: 'Later.' });
    assert.equal((await advisor.get(`${k.at}/authorization`)).body.history[0].name, 'Bob Driver');
    const long = await advisor.make('/customers', { first: 'A'.repeat(80), last: 'B'.repeat(80), phone: '(310) 555-0199' });
    const van = await advisor.make(`/customers/${long}/units/new`, { make: 'Ford', model: 'Transit' });
    const at = `/jobs/${await advisor.make('/jobs', { customer: long, unit: van, title: 'Oil' })}`;
    await advisor.make(`${at}/tasks`, { title: 'Oil', kind: 'flat', price: 100 });
    await advisor.make(`${at}/authorization/request`, { no_mail: true });
    await advisor.make(`${at}/authorization/sign`, { hash: (await advisor.get(`${at}/authorization/sign`)).body.hash, strokes: '[[{"x":1,"y":2},{"x":30,"y":40}]]' });
  });

  await t.test('two sign at once: one does; an edit at the same moment leaves no signature on what was not shown', async () => {
    for (let i = 0; i < 5; i++) {
      const j = await write();
      await ask(j);
      const { hash } = await review(j);
      const both = await Promise.all([customer.post(`${j.portal}/authorize`, { hash, name: 'Elena' }), advisor.post(`${j.at}/authorization/sign`, { hash, name: 'Elena' })]);
      assert.deepEqual(both.map((r) => r.status).sort(), [201, 409]);
      const k = await write();
      await ask(k);
      const shown = await review(k);
      await Promise.all([customer.post(`${k.portal}/authorize`, { hash: shown.hash, name: 'Elena' }), advisor.make(`${k.at}/parts/${k.part}/edit`, { price: 1 })]);
      assert.equal(await standing(k), 'superseded');
    }
  });

  await t.test('a browser that names itself in broken bytes can sign', async () => {
    const j = await write();
    await ask(j);
    const { hash } = await review(j);
    const status = await new Promise((resolve, reject) => {
      const r = request(`${shop.url}${j.portal}/authorize`, { method: 'POST', headers: { Accept: 'application/json', 'Content-Type': 'application/json',
        Authorization: `Bearer ${customerToken}`, 'User-Agent': `Odd\xff\xfe${'x'.repeat(420)}` } }, (a) => resolve(a.statusCode));
      r.on('error', reject);
      r.end(JSON.stringify({ hash, name: 'Elena' }));
    });
    assert.equal(status, 201);
    const raw = await fetch(`${shop.url}${j.at}/authorization`, { headers: { Accept: 'application/json', Authorization: `Bearer ${shop.token('advisor@demo.test')}` } });
    const told = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(await raw.arrayBuffer()));
    assert.match(told.history[0].browser, /^Odd/);
  });

  await t.test('the chain holds', () => assert.equal(shop.cliStatus('verify').status, 0));
});
