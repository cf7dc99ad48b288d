// Asking and answering as people do it: the mailed link and its guest, the counter's tablet, paper, the phone; what is asked again and what is not;
// a rule that fails; and a record that somebody changed behind everybody's back.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { axe, build, client, desktop, launch, open, password, phone, program, signIn, source, startShop, until } from '../../../tests/end-to-end/harness.mjs';

let shop, browser, advisor, tech, customer, elena, unit;
const photo = readFileSync(join(source, 'tests', 'end-to-end', 'photos', 'radiator.jpg'));

before(async () => {
  shop = await startShop();
  browser = await launch();
  advisor = client(shop, shop.token('advisor@demo.test'));
  tech = client(shop, shop.token('tech@demo.test'));
  elena = await advisor.make('/customers', { first: 'Elena', last: 'Marquez', phone: '(310) 555-0187', email: 'elena@mail.test' });
  unit = await advisor.make(`/customers/${elena}/units/new`, { year: 2016, make: 'Subaru', model: 'Outback', plate: '7KRD482' });
  const r = spawnSync(program, ['user', 'add', 'elena@mail.test', '--name', 'Elena Marquez', '--licences', 'portal', '--customer', String(elena),
    '--password-stdin'], { env: shop.env, input: `${password}\n`, encoding: 'utf8' });
  assert.equal(r.status, 0, r.stderr);
  customer = client(shop, shop.token('elena@mail.test'));
});

after(async () => {
  await browser?.close();
  await shop?.stop();
});

const write = async (title = 'Brakes') => {
  const job = await advisor.make('/jobs', { customer: elena, unit, title });
  const at = `/jobs/${job}`;
  const labor = await advisor.make(`${at}/tasks`, { title: 'Find the leak', kind: 'hourly', estimated: 1500 });
  const part = await advisor.make(`${at}/parts`, { description: 'Rotor', quantity: 2000, price: 8130, taxed: true });
  return { job, at, labor, part, portal: `/portal${at}` };
};
const ask = (j, more = { no_mail: true }) => advisor.make(`${j.at}/authorization/request`, { message: 'Worn.', ...more });
const review = async (j) => (await customer.get(`${j.portal}/authorize`)).body;
const standing = async (j) => (await advisor.get(j.at)).body.authorization;
const history = async (j) => (await advisor.get(`${j.at}/authorization`)).body.history;
const sign = async (j, name = 'Elena Marquez') => customer.make(`${j.portal}/authorize`, { hash: (await review(j)).hash, name });
const refused = (r, status, message) => {
  assert.equal(r.status, status, JSON.stringify(r.body));
  if (message) assert.match(JSON.stringify(r.body), message);
};
const clean = async (page) => {
  assert.deepEqual(await axe(page), [], `axe on ${page.url()}`);
  assert.deepEqual(page.complaints, [], `the console on ${page.url()}`);
};
const draw = async (page) => {
  const pad = page.locator('.sign canvas');
  await pad.scrollIntoViewIfNeeded();
  const box = await pad.boundingBox();
  await page.mouse.move(box.x + 30, box.y + 60);
  await page.mouse.down();
  for (let i = 1; i <= 20; i++) await page.mouse.move(box.x + 30 + i * 6, box.y + 60 + 20 * Math.sin(i / 2));
  await page.mouse.up();
};

test('the mailed link: scanners change nothing, the guest sees one job, signing needs a proof', async () => {
  const j = await write(), foreign = await write('Another');
  await ask(foreign);
  const mail = await (await ask(j, {}), shop.mailTo('elena@mail.test', 'Authorization requested by'));
  const link = mail.links.find((l) => l.includes('/a/'));
  // Whatever a scanner does with GET and HEAD, the link still holds, and nothing is authorized.
  for (const method of ['GET', 'HEAD', 'GET']) assert.equal((await fetch(link, { method })).status, 200);
  assert.equal(await standing(j), 'pending');
  assert.equal((await fetch(link)).headers.get('referrer-policy'), 'no-referrer');

  const guest = await open(browser, phone);
  await guest.goto(link);
  await clean(guest);
  assert.doesNotMatch(await guest.locator('body').innerText(), /\$\d/);
  await guest.locator('main form button').click();
  await guest.waitForURL(/\/authorize$/);
  await clean(guest);
  assert.equal((await guest.context().request.get(link)).status(), 404, 'used up by the POST');
  for (const path of [`${foreign.portal}/authorize`, foreign.portal, '/portal', j.at]) {
    const r = await guest.context().request.get(shop.url + path, { maxRedirects: 0 });
    assert.ok(r.status() >= 300, `${path}: ${r.status()}`);
  }
  // The way without a proof is closed to a guest.
  const hash = await guest.locator('form:has(.sign) [name=hash]').getAttribute('value');
  const csrf = await guest.locator('form:has(.sign) [name=csrf]').getAttribute('value');
  const bare = await guest.context().request.post(`${shop.url}${j.portal}/authorize`, { form: { csrf, hash, name: 'Elena' }, headers: { Origin: shop.url }, maxRedirects: 0 });
  assert.ok(bare.status() >= 400, String(bare.status()));
  assert.equal(await standing(j), 'pending');

  const attempt = async (proof) => {
    await draw(guest);
    await guest.locator('[name=proof]').fill(proof);
    await guest.getByRole('button', { name: /^Authorize/ }).click();
    await guest.waitForLoadState();
  };
  await attempt('0000');
  await guest.getByText(/neither the last four digits/).first().waitFor();
  assert.equal(await standing(j), 'pending');
  await attempt('0187');
  await guest.waitForURL(/\/portal\/jobs\/\d+$/);
  const [row] = await history(j);
  assert.equal(row.state, 'authorized');
  assert.equal(row.proof, 'mailed link, last four digits of the phone');
  assert.equal(row.drawn, true);
  assert.match(row.browser, /Chrom/);
  await guest.context().close();
});

test('wrong proofs are counted, and soon refused', async () => {
  const j = await write();
  await ask(j, {});
  const mail = await until('the mail of this job', () => shop.mailTo('elena@mail.test', 'Authorization requested by')
    .then(async (m) => { const l = m.links.find((x) => x.includes('/a/')); return (await fetch(l)).status === 200 && m; }));
  const guest = await open(browser, phone);
  await guest.goto(mail.links.find((l) => l.includes('/a/')));
  await guest.locator('main form button').click();
  await guest.waitForURL(/\/authorize$/);
  const at = new URL(guest.url()).pathname;
  assert.equal(at, `${j.portal}/authorize`);
  const form = guest.locator('form:has(.sign)');
  const value = (n) => form.locator(`[name=${n}]`).getAttribute('value');
  const given = { csrf: await value('csrf'), hash: await value('hash'), name: 'Elena' };
  const post = (proof) => guest.context().request.post(`${shop.url}${at}/guest`, { form: { ...given, proof }, headers: { Origin: shop.url }, maxRedirects: 0 });
  const seen = [];
  for (let i = 0; i < 12; i++) seen.push((await post(`100${i}`)).status());
  assert.deepEqual(seen.slice(0, 10), Array(10).fill(422));
  assert.equal(seen[11], 429);
  assert.equal((await post('7KRD482')).status(), 429, 'the right one comes too late, too');
  assert.equal(await standing(j), 'pending');
  await guest.context().close();
});

test('declined in the browser, with a reason', async () => {
  const j = await write();
  await ask(j);
  const page = await open(browser, phone);
  await signIn(page, shop, 'elena@mail.test');
  await page.goto(`${shop.url}${j.portal}/authorize`);
  await page.locator('summary', { hasText: 'Decline' }).click();
  await page.locator('#decline textarea, form[action$="/decline"] textarea').first().fill('I want a second opinion.');
  await page.getByRole('button', { name: 'Decline this work' }).click();
  await page.getByText(/You declined this/).first().waitFor();
  await clean(page);
  const [row] = await history(j);
  assert.equal(row.state, 'declined');
  assert.equal(row.reason, 'I want a second opinion.');
  refused(await customer.post(`${j.portal}/authorize`, { hash: (await review(j)).hash, name: 'Elena' }), 409, /declined already/);
  await page.context().close();
});

test('the price changed while the page was open: 409 with the new page, nothing signed', async () => {
  const j = await write();
  await ask(j);
  const page = await open(browser, phone);
  await signIn(page, shop, 'elena@mail.test');
  await page.goto(`${shop.url}${j.portal}/authorize`);
  await advisor.make(`${j.at}/parts/${j.part}/edit`, { price: 9130 });
  await ask(j);
  await draw(page);
  const [answer] = await Promise.all([page.waitForResponse((r) => r.request().method() === 'POST'), page.getByRole('button', { name: /^Authorize/ }).click()]);
  assert.equal(answer.status(), 409);
  await page.getByText(/changed since this page was shown/).first().waitFor();
  assert.match(await page.locator('main').innerText(), /\$182\.60/, 'the new lines are on it');
  await clean(page);
  assert.equal(await standing(j), 'pending');
  assert.ok((await history(j)).every((h) => !h.signed_));
  await draw(page);
  await page.getByRole('button', { name: /^Authorize/ }).click();
  await page.waitForURL(/\/portal\/jobs\/\d+$/);
  assert.equal(await standing(j), 'authorized');
  await page.context().close();
});

test('a double submit is one record', async () => {
  const j = await write();
  await ask(j);
  const page = await open(browser, phone);
  await signIn(page, shop, 'elena@mail.test');
  await page.goto(`${shop.url}${j.portal}/authorize`);
  const form = page.locator('form:has(.sign)');
  const given = await form.evaluate((f) => Object.fromEntries(new FormData(f)));
  given.name = 'Elena Marquez';
  const post = () => page.context().request.post(`${shop.url}${j.portal}/authorize`, { form: given, headers: { Origin: shop.url }, maxRedirects: 0 });
  const answers = await Promise.all([post(), post(), post()]);
  assert.deepEqual(answers.map((a) => a.status()), [303, 303, 303], 'the same answer again');
  assert.equal(new Set(answers.map((a) => a.headers().location)).size, 1);
  const rows = await history(j);
  assert.equal(rows.length, 1);
  assert.equal(rows[0].name, 'Elena Marquez');
  await page.context().close();
});

test('an edit after signing: superseded, the changes are listed, asked again with what it adds; a clock changes nothing', async () => {
  const j = await write();
  await ask(j);
  await sign(j);
  await tech.make(`${j.at}/tasks/${j.labor}/do`, { action: 'clock_on' });
  assert.equal(await standing(j), 'authorized');
  await tech.make(`${j.at}/tasks/${j.labor}/do`, { action: 'clock_off' });
  assert.equal(await standing(j), 'authorized');
  // An edit that names one field leaves the others alone.
  await advisor.make(`${j.at}/parts/${j.part}/edit`, { price: 9130 });
  const part = (await advisor.get(j.at)).body.parts[0];
  assert.deepEqual([part.description, part.quantity, part.price, part.taxed], ['Rotor', 2000, 9130, true]);
  await advisor.make(`${j.at}/fees`, { description: 'Hazardous waste', amount: 650 });
  assert.equal(await standing(j), 'superseded');
  const job = (await advisor.get(j.at)).body;
  assert.equal(job.changes.was_signed, true);
  assert.equal(job.changes.who, 'Elena Marquez');
  assert.deepEqual(job.changes.rows.map((c) => `${c.description}: ${c.what}`), ['Rotor: price $81.30 → $91.30', 'Hazardous waste: added for $6.50']);
  const staff = await open(browser, desktop);
  await signIn(staff, shop, 'advisor@demo.test');
  await staff.goto(shop.url + j.at);
  await staff.getByText(/Changed since Elena Marquez signed for \$178\.05/).first().waitFor();
  await staff.getByText('price $81.30 → $91.30').first().waitFor();
  await clean(staff);
  await staff.getByRole('link', { name: 'Ask Elena Marquez again' }).click();
  await staff.getByText('Changed since it was signed').waitFor();
  await clean(staff);
  await staff.context().close();
  // Asked again and edited again before an answer: still counted from the signature.
  await ask(j);
  await advisor.make(`${j.at}/parts/${j.part}/edit`, { price: 9230 });
  assert.equal((await advisor.get(j.at)).body.changes.rows[0].what, 'price $81.30 → $92.30');
  await ask(j);
  const page = await open(browser, phone);
  await signIn(page, shop, 'elena@mail.test');
  await page.goto(`${shop.url}${j.portal}/authorize`);
  const shown = await review(j);
  assert.equal(shown.former_total, 17805);
  assert.equal(shown.added, shown.total - 17805);
  const text = (await page.locator('main').innerText()).replace(/\s+/g, ' ');
  assert.match(text, /You authorized \$178\.05 on \w+ \d+, \d{4}\. This adds \$\d+\.\d\d\./);
  await clean(page);
  await page.context().close();
});

test("at the counter, on the shop's tablet", async () => {
  const j = await write();
  await ask(j);
  const tablet = await open(browser, { viewport: { width: 820, height: 1180 }, hasTouch: true });
  await signIn(tablet, shop, 'advisor@demo.test');
  await tablet.goto(`${shop.url}${j.at}/authorization`);
  await clean(tablet);
  await tablet.getByRole('link', { name: /Sign here/ }).click();
  await clean(tablet);
  await draw(tablet);
  await tablet.getByRole('button', { name: /^Authorize/ }).click();
  await tablet.waitForURL(/\/authorization$/);
  const [row] = await history(j);
  assert.equal(row.how, 'counter');
  assert.match(row.proof, /in person at the counter, shown by /);
  assert.equal(row.drawn, true);
  await tablet.context().close();
});

test('on paper: the photo of the signed print is the record', async () => {
  const j = await write();
  await ask(j);
  const page = await open(browser, desktop);
  await signIn(page, shop, 'advisor@demo.test');
  await page.goto(`${shop.url}${j.at}/authorization`);
  await page.locator('summary', { hasText: 'Signed on paper' }).click();
  const form = page.locator('form[action$="/paper"]');
  await form.locator('[name=name]').fill('Elena Marquez');
  const fields = await form.evaluate((f) => Object.fromEntries([...new FormData(f)].filter(([, v]) => typeof v === 'string')));
  const bare = await page.context().request.post(`${shop.url}${j.at}/authorization/paper`, { multipart: fields, headers: { Origin: shop.url }, maxRedirects: 0 });
  assert.equal(bare.status(), 422);
  assert.match(await bare.text(), /Add the photo of the signed print/);
  assert.equal(await standing(j), 'pending');
  await form.locator('input[type=file]').setInputFiles({ name: 'print.jpg', mimeType: 'image/jpeg', buffer: photo });
  const send = form.getByRole('button', { name: 'Record the paper' });
  if (await send.isVisible().catch(() => false)) await send.click().catch(() => {});
  const row = await until('the record', async () => { const [h] = await history(j); return h.state === 'authorized' && h; });
  assert.equal(row.how, 'paper');
  assert.equal(row.name, 'Elena Marquez');
  assert.equal(row.files.length, 1);
  assert.equal((await advisor.get(row.files[0].href)).status, 200);
  await page.context().close();
});

test('by phone: date, time, name, number called, added work and total are each required', async () => {
  const j = await write();
  await ask(j);
  const call = { hash: (await review(j)).hash, name: 'Elena Marquez', called: '(310) 555-0187', at: new Date().toISOString(), note: 'Two rotors.', total: 17805 };
  for (const missing of ['name', 'called', 'at', 'note', 'total']) {
    const r = await advisor.post(`${j.at}/authorization/phone`, { ...call, [missing]: undefined });
    assert.equal(r.status, 422, missing);
    assert.ok(r.body.error.fields[missing], `${missing}: ${JSON.stringify(r.body)}`);
  }
  refused(await advisor.post(`${j.at}/authorization/phone`, { ...call, called: '12' }), 422);
  assert.equal(await standing(j), 'pending');
  const page = await open(browser, desktop);
  await signIn(page, shop, 'advisor@demo.test');
  await page.goto(`${shop.url}${j.at}/authorization`);
  await page.locator('summary', { hasText: 'Approved by phone' }).click();
  const form = page.locator('form[action$="/phone"]');
  assert.deepEqual([await form.locator('[name=name]').inputValue(), await form.locator('[name=total]').inputValue()], ['Elena Marquez', '178.05']);
  await form.locator('[name=note]').fill('Two rotors.');
  await form.getByRole('button', { name: 'Record the approval' }).click();
  await page.getByText('Number called').first().waitFor();
  await clean(page);
  await page.context().close();
  const [row] = await history(j);
  assert.deepEqual([row.how, row.name, row.called, row.note, row.total], ['phone', 'Elena Marquez', '+13105550187', 'Two rotors.', 17805]);
  assert.ok(Math.abs(Date.parse(row.answered_at) - Date.parse(call.at)) < 120e3, 'the time of the call, to the minute');
});

test('a rule that fails: staff see its file, line and message; nothing can be asked, nothing is stored', async () => {
  const j = await write();
  const rules = join(shop.home, 'rules', '1');
  mkdirSync(rules, { recursive: true });
  const rule = join(rules, 'tax.lua');
  writeFileSync(rule, 'function tax(order)\n  error("no rate for this county")\nend\n');
  try {
    const page = await open(browser, desktop);
    await signIn(page, shop, 'advisor@demo.test');
    await page.goto(`${shop.url}${j.at}/authorization`);
    const text = await page.locator('main').innerText();
    assert.match(text, /tax\.lua:2: no rate for this county/);
    assert.doesNotMatch(text, /\$178\.05/);
    assert.equal(await page.locator('form[action$="/request"]').count(), 0);
    await clean(page);
    await page.context().close();
    refused(await advisor.post(`${j.at}/authorization/request`, { no_mail: true }), 409, /tax\.lua:2: no rate for this county/);
    assert.deepEqual(await history(j), []);
    assert.equal(await standing(j), 'none');
    refused(await customer.get(`${j.portal}/authorize`), 404);
  } finally {
    rmSync(rule);
  }
  await ask(j);
  assert.equal(await standing(j), 'pending', 'with the rule gone it works again');
});

test('verify names a record of which one byte was changed in a copy of the store', async () => {
  const j = await write();
  await ask(j);
  await sign(j);
  const [row] = await history(j);
  await until('the document', async () => (await history(j))[0].document_path);
  const tamper = join(build, 'plugins', 'authorization', 'tests', 'tamper');
  if (!existsSync(tamper)) assert.equal(spawnSync('make', ['-C', build, 'plugins/authorization/tests/tamper']).status, 0);
  const copy = mkdtempSync(join(tmpdir(), 'sw-tampered-'));
  try {
    shop.cli('backup', join(copy, 'backup'));
    cpSync(join(copy, 'backup', 'store'), join(copy, 'store'), { recursive: true });
    cpSync(join(shop.home, 'shopwright.conf'), join(copy, 'shopwright.conf'));
    const verify = () => spawnSync(program, ['verify', '--home', copy], { encoding: 'utf8', env: { ...shop.env, SHOPWRIGHT_HOME: copy } });
    const whole = verify();
    assert.equal(whole.status, 0, whole.stdout + whole.stderr);
    const changed = spawnSync(tamper, [join(copy, 'store'), '1', 'authorization.authorization', String(row.id)], { encoding: 'utf8' });
    assert.equal(changed.status, 0, changed.stderr);
    const found = verify();
    assert.equal(found.status, 1);
    assert.match(found.stdout, new RegExp(`authorization\\.authorization ${row.id} version \\d+: `));
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
  assert.equal(shop.cliStatus('verify').status, 0, 'the shop itself is whole');
});
