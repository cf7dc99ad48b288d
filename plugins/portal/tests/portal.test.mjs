// The portal: a customer sees what is theirs, what is meant for them, and no price.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { axe, client, launch, open, password, phone, program, signIn, startShop } from '../../../tests/end-to-end/harness.mjs';

test('the portal', async (t) => {
  const shop = await startShop();
  t.after(() => shop.stop());
  const advisor = client(shop, shop.token('advisor@demo.test')), tech = client(shop, shop.token('tech@demo.test'));
  const person = async (login, last) => {
    const id = await advisor.make('/customers', { last });
    const r = spawnSync(program, ['user', 'add', login, '--name', last, '--licences', 'portal', '--customer', String(id), '--password-stdin'],
      { env: shop.env, input: `${password}\n`, encoding: 'utf8' });
    assert.equal(r.status, 0, r.stderr);
    const unit = await advisor.make(`/customers/${id}/units/new`, { make: 'Subaru', model: 'Outback', plate: '7KRD482' });
    return { id, unit, api: client(shop, shop.token(login)) };
  };
  const elena = await person('elena@mail.test', 'Marquez'), tom = await person('tom@mail.test', 'Achterberg');
  const job = await advisor.make('/jobs', { customer: elena.id, unit: elena.unit, title: 'Coolant leak' });
  const at = `/jobs/${job}`;
  const hourly = await advisor.make(`${at}/tasks`, { title: 'Find it', kind: 'hourly', estimated: 1000 });
  const flat = await advisor.make(`${at}/tasks`, { title: 'Mend it', kind: 'flat', price: 4711 });
  await advisor.make(`${at}/parts`, { description: 'Hose', price: 3333, taxed: true, number: 'SECRET-NUMBER' });
  await tech.make(`${at}/tasks/${hourly}/notes`, { text: 'The seam opens when hot.' });
  await tech.make(`${at}/tasks/${hourly}/notes`, { text: 'The customer argues.', internal: true });

  await t.test('tasks, notes for customers, parts; no price, no internal note, no number', async () => {
    const v = (await elena.api.get(`/portal${at}`)).body;
    const all = JSON.stringify(v);
    assert.deepEqual(v.tasks.map((x) => [x.title, x.status, x.hourly]), [['Find it', 'new', true], ['Mend it', 'new', false]]);
    assert.equal(v.tasks[0].notes.length, 1);
    assert.equal(v.parts[0].description, 'Hose');
    for (const secret of ['4711', '3333', '14500', 'argues', 'SECRET-NUMBER', 'price', 'estimated']) assert.ok(!all.includes(secret), secret);
  });

  await t.test('hours for hourly tasks alone, live', async () => {
    const { tasks } = (await elena.api.get(`/portal${at}`)).body;
    await tech.make(`${at}/tasks/${flat}/do`, { action: 'clock_on' });
    let v = (await elena.api.get(`/portal${at}`)).body;
    assert.equal(v.tasks[1].running, null);
    assert.equal(v.tasks[1].worked, 0);
    assert.equal(v.status, 'in_progress');
    await tech.make(`${at}/tasks/${hourly}/do`, { action: 'clock_on', switch_over: true });
    v = (await elena.api.get(`/portal${at}`)).body;
    assert.ok(v.tasks[0].running);
    assert.equal(tasks[0].running, null);
  });

  await t.test('another customer, the staff pages, nobody', async () => {
    assert.equal((await tom.api.get(`/portal${at}`)).status, 404);
    assert.equal((await elena.api.get(at)).status, 403);
    assert.equal((await elena.api.get('/tech')).status, 403);
    assert.equal((await client(shop, '').get(`/portal${at}`)).status, 401);
    assert.deepEqual((await tom.api.get('/portal')).body.now, []);
  });

  await t.test('the list: now, waiting, done and its pages', async () => {
    await advisor.make(`${at}/authorization/request`, { no_mail: true });
    for (let i = 0; i < 12; i++) {
      const j = await advisor.make('/jobs', { customer: elena.id, unit: elena.unit, title: `Old ${i}` });
      await advisor.make(`/jobs/${j}/do`, { action: 'cancel', reason: 'test' });
    }
    const first = (await elena.api.get('/portal')).body;
    assert.deepEqual(first.waiting.map((j) => j.id), [job]);
    assert.deepEqual(first.now.map((j) => j.id), [job]);
    assert.equal(first.done.length, 10);
    assert.equal(first.done[0].title, 'Old 11', 'newest first');
    const second = (await elena.api.get(`/portal?after=${encodeURIComponent(first.next)}`)).body;
    assert.deepEqual(second.done.map((j) => j.title), ['Old 1', 'Old 0']);
    assert.equal(second.next, '');
  });

  await t.test('a page that did not change is 304; a new note makes it new', async () => {
    const token = shop.token('elena@mail.test');
    const page = (etag) => fetch(`${shop.url}/portal${at}`, { headers: { Authorization: `Bearer ${token}`, Accept: 'application/json', ...(etag ? { 'If-None-Match': etag } : {}) } });
    const etag = (await page()).headers.get('etag');
    assert.ok(etag);
    const again = await page(etag);
    assert.ok(again.status === 304 || again.headers.get('etag') !== etag, 'the same, or a minute went by');
    await tech.make(`${at}/tasks/${hourly}/notes`, { text: 'Found it.' });
    assert.equal((await page(etag)).status, 200);
  });

  await t.test('the pages on a phone', async () => {
    const browser = await launch();
    try {
      const p = await open(browser, phone);
      await signIn(p, shop, 'elena@mail.test');
      for (const path of ['/portal', `/portal${at}`]) {
        await p.goto(shop.url + path);
        assert.deepEqual(await axe(p), [], path);
        assert.deepEqual(p.complaints, [], path);
        assert.ok(await p.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth), path);
      }
      assert.match(await p.locator('body').innerText(), /Authorization required/);
    } finally {
      await browser.close();
    }
  });
});
