// Customers and units from outside: search from the first letters, a known number, VIN, stale edits.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { client, launch, open, axe, signIn, startShop } from '../../../tests/end-to-end/harness.mjs';

test('customers', async (t) => {
  const shop = await startShop();
  t.after(() => shop.stop());
  const advisor = client(shop, shop.token('advisor@demo.test'));
  const tech = client(shop, shop.token('tech@demo.test'));
  const find = async (q) => (await advisor.get(`/customers?q=${encodeURIComponent(q)}`)).body.customers.map((c) => c.name);

  const elena = await advisor.make('/customers/new', { last: 'Márquez', first: 'Elena', phone: '(310) 555-0187', email: 'Elena@mail.test',
    reach_text: true, consent_how: 'said yes at the counter', year: 2016, make: 'Subaru', model: 'Outback', plate: '7krd 482', vin: '4S4BSANC5G3204418' });
  const north = await advisor.make('/customers', { last: 'Northgate Refrigeration', company: true, phone: '3105550120' });

  await t.test('a new customer needs no first name, but a last one', async () => {
    const r = await advisor.post('/customers', { first: 'Only' });
    assert.equal(r.status, 422);
    assert.ok(r.body.error.fields.last);
    const c = (await advisor.get(`/customers/${elena}`)).body;
    assert.equal(c.phone, '+13105550187');
    assert.equal(c.email, 'elena@mail.test');
    assert.ok(c.consent_at);
    assert.equal(c.units[0].name, '2016 Subaru Outback');
    assert.equal(c.units[0].plate, '7KRD482');
  });

  await t.test('search finds by the first letters of everything', async () => {
    const trailer = await advisor.make(`/customers/${north}/units/new`, { make: 'Utility', model: '3000R', vin: 'TRL-1', serial: true, unit_number: 'R-17', plate: '4NR7719' });
    assert.ok(trailer);
    for (const q of ['mar', 'MÁR', 'elena', 'el mar', '(310) 555-01', '5550187', '0187', 'elena@ma', '7krd', '7 KRD', '4S4BS', '204418'])
      assert.ok((await find(q)).includes('Elena Márquez'), q);
    for (const q of ['north', 'refr', '4nr', 'r-17', 'R17', 'trl-1']) assert.deepEqual(await find(q), ['Northgate Refrigeration'], q);
    for (const q of ['xyz', 'mar north', '99999']) assert.deepEqual(await find(q), [], q);
    assert.equal((await find('')).length >= 2, true);
  });

  await t.test('pages of a long list', async () => {
    for (let i = 0; i < 60; i++) await advisor.make('/customers', { last: `Zed ${String(i).padStart(2, '0')}` });
    const seen = new Set();
    let next = '';
    do {
      const page = (await advisor.get(`/customers?q=zed&after=${encodeURIComponent(next)}`)).body;
      for (const c of page.customers) { assert.ok(!seen.has(c.id)); seen.add(c.id); }
      next = page.next;
    } while (next);
    assert.equal(seen.size, 60);
  });

  await t.test('a known number shows its customer first; a second one is added knowingly', async () => {
    const r = await advisor.post('/customers', { last: 'Marquez', first: 'Luis', phone: '310 555 0187' });
    assert.equal(r.status, 422);
    assert.match(r.body.error.fields.phone, /belongs to Elena Márquez/);
    const luis = await advisor.make('/customers', { last: 'Marquez', first: 'Luis', phone: '310 555 0187', second: true });
    assert.notEqual(luis, elena);
    // an unchanged number is not asked about again
    assert.equal((await advisor.post(`/customers/${luis}`, { last: 'Marquez', first: 'Luís' })).status, 200);
  });

  await t.test('texts need a phone and consent', async () => {
    let r = await advisor.post('/customers', { last: 'A', reach_text: true });
    assert.ok(r.body.error.fields.phone);
    r = await advisor.post('/customers', { last: 'A', phone: '3105550111', reach_text: true });
    assert.match(r.body.error.fields.consent_how, /consent/);
    r = await advisor.post('/customers', { last: 'A', reach_mail: true });
    assert.ok(r.body.error.fields.email);
  });

  await t.test('a VIN of another length is refused, a check digit only warned about', async () => {
    const add = (fields) => advisor.post(`/customers/${north}/units/new`, { make: 'X', ...fields });
    let r = await add({ vin: '3TMJU4GN1BM12044' });
    assert.equal(r.status, 422);
    assert.match(r.body.error.fields.vin, /16 characters; it needs 17/);
    assert.equal((await add({ vin: '3TMJU4GN1BM12044', serial: true })).status, 201);
    r = await add({ vin: '1M8GDM9AXKP042788' });
    assert.equal((await advisor.get(`/units/${r.body.id}`)).body.vin_warning, '');
    r = await add({ vin: '1M8GDM9A1KP042788' });
    assert.equal(r.status, 201);
    assert.match((await advisor.get(`/units/${r.body.id}`)).body.vin_warning, /check digit/);
    r = await add({ make: '', color: 'red' });
    assert.equal(r.status, 422);
    assert.equal((await add({ year: 18 })).status, 422);
  });

  await t.test('a stale edit is refused; technicians read', async () => {
    const c = (await advisor.get(`/customers/${north}`)).body;
    assert.equal((await advisor.post(`/customers/${north}`, { last: 'Northgate Cold', version: c.version })).status, 200);
    assert.equal((await advisor.post(`/customers/${north}`, { last: 'Lost', version: c.version })).status, 409);
    assert.equal((await tech.get(`/customers/${north}`)).status, 200);
    assert.equal((await tech.post(`/customers/${north}`, { last: 'No' })).status, 403);
    assert.equal((await advisor.get('/customers/99999')).status, 404);
  });

  await t.test('the form in a browser: errors, what was typed, the look-alike, the tick', async () => {
    const browser = await launch();
    try {
      const page = await open(browser);
      await signIn(page, shop, 'advisor@demo.test');
      await page.goto(`${shop.url}/customers/new`);
      assert.deepEqual(await axe(page), []);
      await page.getByLabel('Last name or company').fill('Marquez');
      await page.getByLabel('Mobile phone').fill('(310) 555-0187');
      await page.getByRole('button', { name: 'Save customer' }).click();
      await page.getByRole('alert').waitFor();
      assert.equal(await page.getByLabel('Mobile phone').inputValue(), '(310) 555-0187');
      const known = page.getByRole('complementary').getByRole('link', { name: 'Elena Márquez' });
      assert.equal(await known.getAttribute('href'), `/customers/${elena}`);
      assert.deepEqual(await axe(page), []);
      await page.getByLabel('Add a second customer with this number').check();
      await page.getByRole('button', { name: 'Save customer' }).click();
      await page.waitForURL(/\/customers\/\d+$/);
      for (const path of ['/customers?q=mar', `/customers/${elena}`, `/customers/${elena}/edit`, '/units/1', '/units/1/edit']) {
        await page.goto(shop.url + path);
        assert.deepEqual(await axe(page), [], path);
      }
      assert.deepEqual(page.complaints, []);
    } finally {
      await browser.close();
    }
  });
});
