// The main job, as people do it: an advisor writes work up, a technician works, the customer follows on a phone and signs, and the record holds.
// Nothing is seeded: the pages do it all. The mail goes out over real SMTP to a server of the test's own.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { axe, freePort, launch, open, password, phone, desktop, readMail, signIn, source, startShop, until } from './harness.mjs';
import { startSmtp } from './smtp.mjs';

let shop, browser, smtp, advisor, tech, customer, jobPath, jobNumber;
const email = 'elena.marquez@mail.test';

const shots = process.env.SW_SHOTS; // a folder: screenshots of every page that is looked at
let shot = 0;

before(async () => {
  smtp = await startSmtp(await freePort());
  shop = await startShop({ settings: `\n[smtp]\nhost = 127.0.0.1\nport = ${smtp.port}\ntls = none\nfrom = hello@harborstreet.test\n` });
  browser = await launch();
  advisor = await open(browser, desktop);
  tech = await open(browser, { viewport: { width: 820, height: 1180 }, hasTouch: true });
  customer = await open(browser, phone);
});

after(async () => {
  await browser?.close();
  await shop?.stop();
  await smtp?.stop();
});

const mailTo = (address, subject) => until(`a mail “${subject}” to ${address}`,
  () => smtp.received.filter((m) => m.to.includes(address)).map((m) => readMail(m.data)).filter((m) => m.subject.includes(subject)).pop());

const clean = async (page) => {
  if (shots) await page.screenshot({ path: join(shots, `${String(++shot).padStart(2, '0')}.png`), fullPage: true });
  assert.deepEqual(await axe(page), [], `axe on ${page.url()}`);
  assert.deepEqual(page.complaints, [], `the console on ${page.url()}`);
  const sideways = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(sideways <= 0, `${page.url()} scrolls sideways by ${sideways} px`);
};

test('1. the advisor writes up a customer, a unit and a work order', async () => {
  await signIn(advisor, shop, 'advisor@demo.test');
  await clean(advisor);
  await advisor.goto(`${shop.url}/customers/new`);
  await clean(advisor);
  // A first try with a wrong e-mail: the message stands at the field, nothing typed is lost.
  await advisor.getByLabel('Last name or company').fill('Marquez');
  await advisor.getByLabel('Mobile phone').fill('(310) 555-0187');
  await advisor.locator('input[name=email]').fill('elena.marquez.mail.test');
  await advisor.getByRole('button', { name: 'Save customer' }).click();
  await advisor.locator('.errors').waitFor();
  assert.equal(await advisor.getByLabel('Last name or company').inputValue(), 'Marquez');
  await clean(advisor);
  await advisor.locator('input[name=email]').fill(email);
  await advisor.locator('input[name=year]').fill('2016');
  await advisor.locator('input[name=make]').fill('Subaru');
  await advisor.locator('input[name=model]').fill('Outback');
  await advisor.locator('input[name=plate]').fill('7krd 482');
  await advisor.locator('input[name=vin]').fill('4S4BSACC6G3204871');
  await advisor.getByRole('button', { name: 'Save customer' }).click();
  await advisor.waitForURL(/\/customers\/\d+$/);
  await advisor.getByText('7KRD482').first().waitFor();
  await clean(advisor);

  await advisor.getByRole('link', { name: /New work order/ }).first().click();
  await advisor.waitForURL(/\/jobs\/new/);
  await clean(advisor);
  const unit = advisor.locator('select[name=unit]');
  if (await unit.inputValue() === '') await unit.selectOption({ index: 1 });
  await advisor.getByLabel('Title').fill('Coolant leak and front brakes');
  await advisor.getByRole('button', { name: /work order/i }).click();
  await advisor.waitForURL(/\/jobs\/\d+$/);
  jobPath = new URL(advisor.url()).pathname;
  jobNumber = jobPath.split('/').pop();

  const task = async (title, kind, price, extra) => {
    const form = advisor.locator('form[action$="/tasks"]');
    await form.evaluate((f) => { const d = f.closest('details'); if (d) d.open = true; });
    await form.locator('[name=title]').fill(title);
    await form.locator('[name=kind]').selectOption(kind);
    await form.locator('[name=price]').fill(price);
    if (extra.estimated) await form.locator('[name=estimated]').fill(extra.estimated);
    if (extra.technician) await form.locator('[name=technician]').selectOption({ label: extra.technician });
    await form.locator('button[type=submit], button:not([type])').first().click();
    await advisor.getByRole('link', { name: title }).first().waitFor();
  };
  const techName = await advisor.locator('form[action$="/tasks"] [name=technician] option').allTextContents();
  const technician = techName.find((n) => /tech/i.test(n)) || techName[techName.length - 1];
  await task('Find the coolant leak', 'hourly', '145.00', { estimated: '1.5', technician: technician.trim() });
  await task('Front brake pads and rotors', 'flat', '232.00', { technician: technician.trim() });
  const line = async (kind, fields) => {
    const form = advisor.locator(`form[action$="/${kind}"]`);
    await form.evaluate((f) => { const d = f.closest('details'); if (d) d.open = true; });
    for (const [name, value] of Object.entries(fields)) {
      const control = form.locator(`[name=${name}]:not([type=hidden])`);
      if (value === true) await control.check();
      else await control.fill(value);
    }
    await form.locator('button[type=submit], button:not([type])').first().click();
    await advisor.getByText(fields.description).first().waitFor();
  };
  await line('parts', { description: 'Brake rotor, front', quantity: '2', price: '81.30', taxed: true });
  await line('parts', { description: 'Shop towels', price: '4.00' });
  await line('fees', { description: 'Hazardous waste', amount: '6.50' });
  await advisor.goto(shop.url + jobPath);
  // 232.00 + 162.60 + 4.00 + 6.50 and the demo shop's tax on 162.60; no hour is worked yet.
  await advisor.getByText('$162.60').first().waitFor();
  await clean(advisor);
});

test('2. the technician clocks on and off, writes a note, uploads photos', async () => {
  await signIn(tech, shop, 'tech@demo.test');
  await tech.goto(`${shop.url}/tech`);
  await clean(tech);
  await tech.getByText('Find the coolant leak').first().waitFor();
  const taskPath = await tech.evaluate(() => [...document.querySelectorAll('a[href*="/tasks/"]')].map((a) => a.getAttribute('href'))[0]);
  await tech.goto(shop.url + taskPath);
  await clean(tech);
  await tech.getByRole('button', { name: 'Clock on' }).click();
  await tech.getByRole('button', { name: 'Clock off' }).waitFor();
  const notes = tech.locator('form[action$="/notes"]').first();
  await notes.evaluate((f) => { const d = f.closest('details'); if (d) d.open = true; });
  await notes.locator('[name=text]').fill('The radiator seam at the upper tank opens when hot.');
  await notes.locator('button').last().click();
  await tech.getByText('The radiator seam at the upper tank').first().waitFor();
  const files = tech.locator('form[action$="/files"]').first();
  await files.evaluate((f) => { const d = f.closest('details'); if (d) d.open = true; });
  const picture = readFileSync(join(source, 'tests', 'end-to-end', 'photos', 'radiator.jpg'));
  await files.locator('input[type=file]').setInputFiles([
    { name: 'radiator.jpg', mimeType: 'image/jpeg', buffer: picture }, { name: 'hose.jpg', mimeType: 'image/jpeg', buffer: picture }]);
  const send = files.locator('button');
  if (await send.count() > 0 && await send.last().isVisible()) await send.last().click();
  await until('two photos on the task', async () => ((await (await tech.request.get(shop.url + taskPath)).text()).match(/<img /g) || []).length >= 2);
  await tech.waitForLoadState('load');
  await until('the task page again', () => tech.goto(shop.url + taskPath).then(() => true, () => false)); // the upload's own step may come between
  assert.equal(await tech.locator('.photos a').count(), 2);
  await clean(tech);
  await tech.getByRole('button', { name: 'Clock off' }).click();
  await tech.getByRole('button', { name: 'Clock on' }).waitFor();
});

test('3. the customer opens the account by the mailed link and sees the job without prices', async () => {
  await customer.goto(`${shop.url}/login?r=/portal/jobs/${jobNumber}`);
  await clean(customer);
  await customer.goto(`${shop.url}/register`);
  await clean(customer);
  await customer.locator('input[name=email]').fill(email);
  await customer.locator('main form button').first().click();
  const mail = await mailTo(email, '');
  const link = mail.links.find((l) => l.includes('/activate/'));
  await customer.goto(link);
  await customer.goto(link); // mail scanners open links: it still holds
  await clean(customer);
  await customer.locator('input[type=password]').first().fill('a long and quiet road');
  await customer.locator('main form button').first().click();
  await customer.waitForURL(/\/portal/);
  await customer.goto(`${shop.url}/portal`);
  await customer.getByText('Coolant leak and front brakes').first().waitFor();
  await clean(customer);
  await customer.getByRole('link', { name: /View job/ }).first().click();
  await customer.waitForURL(/\/portal\/jobs\/\d+/);
  for (const text of ['Find the coolant leak', 'Front brake pads and rotors', 'The radiator seam at the upper tank', 'Brake rotor, front', '7KRD482'])
    await customer.getByText(text).first().waitFor();
  assert.doesNotMatch(await customer.locator('body').innerText(), /\$\s?\d/, 'no price before the shop asks');
  await clean(customer);
  // The link is used up now.
  const used = await customer.context().request.get(link);
  assert.equal(used.status(), 404);
});

test('4. the advisor asks, the customer reviews and signs with a finger', async () => {
  await advisor.goto(shop.url + jobPath);
  const ask = advisor.locator('form[action$="/authorization/request"]');
  if (await ask.count() === 0) await advisor.getByRole('link', { name: /authorization/i }).first().click();
  const form = advisor.locator('form[action$="/authorization/request"]').first();
  await form.evaluate((f) => { const d = f.closest('details'); if (d) d.open = true; });
  await form.locator('[name=message]').fill('The rotors are under the limit.');
  await form.locator('button').last().click();
  const mail = await mailTo(email, 'Authorization requested by Harbor Street Repair');
  assert.ok(mail.links.length > 0, 'the mail carries a link');

  await customer.goto(`${shop.url}/portal`);
  await customer.getByText('Authorization required').first().waitFor();
  await clean(customer);
  await customer.goto(`${shop.url}/portal/jobs/${jobNumber}`);
  await customer.locator('a.bar.stop').first().click();
  await customer.waitForURL(/\/authorize$/);
  const body = await customer.locator('main').innerText();
  assert.match(body, /of hours\s*\/\s*1\.50 est/);
  assert.match(body, /\$162\.60/);
  assert.match(body, /takes as long as estimated, it comes to \$638\.05/, 'the price to expect stands beside the price so far');
  assert.ok(body.indexOf('Brake rotor') < body.toLowerCase().indexOf('terms') || !/terms/i.test(body), 'lines come before terms');
  await clean(customer);
  const pad = customer.locator('.sign canvas');
  await pad.scrollIntoViewIfNeeded();
  const box = await pad.boundingBox();
  await customer.mouse.move(box.x + 30, box.y + 60);
  await customer.mouse.down();
  for (let i = 1; i <= 30; i++) await customer.mouse.move(box.x + 30 + i * 6, box.y + 60 + 25 * Math.sin(i / 2));
  await customer.mouse.up();
  const name = customer.locator('form:has(.sign) [name=name]');
  if (await name.count() > 0 && (await name.inputValue()) === '') await name.fill('Elena Marquez');
  await customer.getByRole('button', { name: /^Authorize/ }).click();
  await customer.waitForURL(/\/portal\/jobs\/\d+$/);
  await customer.getByText(/[Aa]uthorized/).first().waitFor();
  await clean(customer);
  // The signed copy arrives as a PDF.
  const copy = await until('the signed copy', () => smtp.received.filter((m) => m.to.includes(email)).map((m) => readMail(m.data))
    .find((m) => m.parts.some((p) => p.type === 'application/pdf')));
  const pdf = copy.parts.find((p) => p.type === 'application/pdf').bytes;
  assert.equal(pdf.subarray(0, 5).toString('latin1'), '%PDF-');
});

test('5. the advisor sees it signed; an edited line asks again, a running clock does not; the chain proves it', async () => {
  await advisor.goto(shop.url + jobPath);
  await advisor.getByText(/Authorized/).first().waitFor();
  const chip = () => advisor.locator('.chip').allInnerTexts();
  // A running clock changes nothing.
  const taskPath = await advisor.evaluate(() => [...document.querySelectorAll('a[href*="/tasks/"]')].map((a) => a.getAttribute('href'))[0]);
  await tech.goto(shop.url + taskPath);
  await tech.getByRole('button', { name: 'Clock on' }).click();
  await tech.getByRole('button', { name: 'Clock off' }).waitFor();
  await advisor.goto(shop.url + jobPath);
  assert.ok((await chip()).some((c) => /Authorized/.test(c)), 'still authorized while a clock runs');
  assert.equal(shop.cliStatus('verify').status, 0, 'the chain holds');
  // An edited line asks again.
  const partPath = await advisor.evaluate(() => [...document.querySelectorAll('a[href*="/parts/"]')].map((a) => a.getAttribute('href'))[0]);
  await advisor.goto(shop.url + partPath);
  await advisor.locator('form[action$="/edit"] [name=price]').fill('91.30');
  await advisor.locator('form[action$="/edit"] button').last().click();
  await advisor.goto(shop.url + jobPath);
  assert.ok(!(await chip()).some((c) => /^\s*Authorized\s*$/.test(c)), 'no longer authorized after an edit');
  await clean(advisor);
  assert.equal(shop.cliStatus('verify').status, 0, 'the chain holds after the edit, too');
});
