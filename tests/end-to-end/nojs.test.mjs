// Without JavaScript everything works but drawing and live updates: the customer signs by a typed name, the technician sends photos as any form does.
// And with it: a double press, the back button and a page sent twice have one effect.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { client, launch, open, password, phone, signIn, source, startShop } from './harness.mjs';

let shop, browser, advisor, tech, job, task;
const picture = join(source, 'tests', 'end-to-end', 'photos', 'radiator.jpg');

before(async () => {
  shop = await startShop();
  advisor = client(shop, shop.token('advisor@demo.test'));
  tech = client(shop, shop.token('tech@demo.test'));
  const customer = await advisor.make('/customers', { last: 'Quiet', phone: '3105550123', email: 'quiet@mail.test' });
  const unit = await advisor.make(`/customers/${customer}/units/new`, { make: 'Honda', model: 'Fit', plate: '6DRT118' });
  job = await advisor.make('/jobs', { customer, unit, title: 'New battery' });
  task = await advisor.make(`/jobs/${job}/tasks`, { title: 'Replace the battery', kind: 'flat', price: 4500, quantity: 1000 });
  await client(shop, shop.token('owner@demo.test')).make('/admin/users/new', { name: 'Quiet', login: 'quiet', password, licences: ['portal'], customer });
  await advisor.make(`/jobs/${job}/authorization/request`, {});
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await shop?.stop();
});

const authorization = async () => (await advisor.get(`/jobs/${job}`)).body.authorization;
const noted = async (text) => (await tech.get(`/jobs/${job}/tasks/${task}`)).body.task.notes.filter((n) => n.text === text).length;

test('photos go up without JavaScript', async () => {
  const page = await open(browser, { viewport: { width: 820, height: 1180 }, javaScriptEnabled: false });
  await signIn(page, shop, 'tech@demo.test');
  await page.goto(`${shop.url}/jobs/${job}/tasks/${task}`);
  await page.locator('form[action$="/files"] input[type=file]').setInputFiles([picture]);
  await page.locator('form[action$="/files"]').getByRole('button', { name: 'Add' }).click();
  await page.waitForLoadState();
  assert.equal(await page.locator('.photos a').count(), 1);
  await page.locator('.photos').waitFor({ state: 'attached' });
  await page.locator('summary', { hasText: 'Photos' }).first().click();
  assert.ok(await page.locator('.photos a').first().isVisible(), 'the photos unfold without a script');
  await page.context().close();
});

test('the customer signs by a typed name without JavaScript; a forgotten name is said at the field', async () => {
  const page = await open(browser, { ...phone, javaScriptEnabled: false });
  await signIn(page, shop, 'quiet');
  await page.goto(`${shop.url}/portal/jobs/${job}`);
  await page.locator('a.bar.stop').click();
  await page.waitForURL(/\/authorize$/);
  assert.ok(!await page.locator('.sign canvas').isVisible(), 'no pad that can’t be drawn on');
  await page.getByRole('button', { name: /^Authorize/ }).click();
  await page.locator('.errors').waitFor();
  assert.equal(await authorization(), 'pending');
  // Declining unfolds without a script, too.
  await page.locator('summary', { hasText: 'Decline' }).click();
  assert.ok(await page.getByRole('button', { name: 'Decline this work' }).isVisible());
  await page.locator('#sign [name=name]').fill('Quentin Quiet');
  await page.getByRole('button', { name: /^Authorize/ }).click();
  await page.waitForURL(/\/portal\/jobs\/\d+$/);
  await page.getByText('You authorized this work').waitFor();
  assert.equal(await authorization(), 'authorized');
  // Back to the form that was sent, and sent again: it is signed once, and the page says so.
  await page.goBack();
  const again = page.getByRole('button', { name: /^Authorize/ });
  if (await again.count() > 0) await again.click();
  await page.goto(`${shop.url}/portal/jobs/${job}/authorize`);
  await page.getByText('Signed by Quentin Quiet').waitFor();
  const history = (await advisor.get(`/jobs/${job}/authorization`)).body.history;
  assert.equal(history.length, 1);
  assert.equal(shop.cliStatus('verify').status, 0, 'the chain holds');
  await page.context().close();
});

test('a double press and the back button have one effect', async () => {
  const page = await open(browser, { viewport: { width: 820, height: 1180 } });
  await signIn(page, shop, 'tech@demo.test');
  const address = `${shop.url}/jobs/${job}/tasks/${task}`;
  await page.goto(address);
  await page.locator('form[action$="/notes"] [name=text]').fill('Pressed twice');
  await page.locator('form[action$="/notes"] button').dblclick();
  await page.waitForLoadState();
  await page.getByText('Pressed twice').first().waitFor();
  assert.equal(await noted('Pressed twice'), 1);
  // The form with the same nonce, sent once more, as after going back.
  await page.goto(address);
  const fields = await page.locator('form[action$="/notes"]').evaluate((f) => ({ path: f.getAttribute('action'), ...Object.fromEntries(new FormData(f)) }));
  const { path, ...form } = fields;
  for (let i = 0; i < 2; i++) {
    const r = await page.context().request.post(shop.url + path, { form: { ...form, text: 'Sent twice' }, headers: { Origin: shop.url } });
    assert.ok(r.ok(), `${r.status()}`);
  }
  assert.equal(await noted('Sent twice'), 1);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});
