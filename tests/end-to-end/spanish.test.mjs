// A customer who speaks Spanish: the mail, the page behind its link, signing in, the job and the account are in Spanish, with nothing English left
// over and nothing scrolling sideways on a phone; and a person may choose the language.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync, readdirSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { axe, client, launch, open, password, phone, source, startShop } from './harness.mjs';

let shop, browser, page, job, mail;
const email = 'lucia.ortega@mail.test';

// Every English text that has another Spanish one, as a pattern: {field} and %s stand for anything.
function english() {
  const folders = ['core/locale', ...readdirSync(join(source, 'plugins')).map((p) => `plugins/${p}/locale`)];
  const texts = [];
  for (const folder of folders) {
    const file = join(source, folder, 'es.po');
    if (!existsSync(file)) continue;
    for (const block of readFileSync(file, 'utf8').split('\n\n').slice(1)) {
      const of = (key) => (block.match(new RegExp(`^${key} ((?:".*"\\n?)+)`, 'm'))?.[1] || '').split('\n').map((l) => l.slice(1, -1)).join('').replace(/\\"/g, '"');
      const id = of('msgid'), said = of('msgstr') || of('msgstr\\[0\\]');
      if (id && said && id !== said && /[A-Za-z]{2}/.test(id.replace(/\{[^}]*\}|%\S+/g, '')))
        texts.push([id, new RegExp(`^${id.replace(/\{[^}]*\}|%[.*\dlz]*[a-z]/g, '\u0001').replace(/[.*+?^$()|[\]\\{}]/g, '\\$&').replaceAll('\u0001', '.+')}$`)]);
    }
  }
  assert.ok(texts.length > 700, `${texts.length} texts`);
  return texts;
}
const leftovers = (lines, texts) => [...new Set(lines.map((l) => l.trim()).filter(Boolean))]
  .flatMap((line) => texts.filter(([id, pattern]) => line === id || pattern.test(line)).map(([id]) => `“${line}” is “${id}”`));
const texts = english();

// The page's words as they stand in its nodes and in what screen readers say.
const words = () => page.evaluate(() => {
  const said = [];
  const walk = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) if (!walk.currentNode.parentElement.closest('script, style')) said.push(walk.currentNode.data.replace(/\s+/g, ' '));
  for (const e of document.querySelectorAll('[aria-label], [data-label], [placeholder], [title], [alt]'))
    for (const a of ['aria-label', 'data-label', 'placeholder', 'title', 'alt']) if (e.hasAttribute(a)) said.push(e.getAttribute(a));
  return said;
});

async function spanish(name) {
  assert.equal(await page.getAttribute('html', 'lang'), 'es', name);
  assert.deepEqual(leftovers(await words(), texts), [], name);
  const sideways = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(sideways <= 0, `${name} scrolls sideways by ${sideways} px`);
  assert.deepEqual(await axe(page), [], name);
  assert.deepEqual(page.complaints, [], name);
}

before(async () => {
  shop = await startShop();
  const advisor = client(shop, shop.token('advisor@demo.test')), owner = client(shop, shop.token('owner@demo.test'));
  const customer = await advisor.make('/customers', { first: 'Lucía', last: 'Ortega', phone: '3105550143', email, language: 'es' });
  const unit = await advisor.make(`/customers/${customer}/units/new`, { year: 2018, make: 'Toyota', model: 'Tacoma', plate: '8ABC123', plate_region: 'CA' });
  job = await advisor.make('/jobs', { customer, unit, title: 'Frenos delanteros' });
  const task = await advisor.make(`/jobs/${job}/tasks`, { title: 'Cambiar pastillas', kind: 'hourly', price: 14000, estimated: 1500 });
  await advisor.make(`/jobs/${job}/tasks`, { title: 'Revisar discos', kind: 'flat', price: 123450, quantity: 1000 });
  await advisor.make(`/jobs/${job}/parts`, { description: 'Pastillas', quantity: 1000, price: 8950, taxed: true, task });
  await advisor.make(`/jobs/${job}/authorization/request`, {});
  await owner.make('/admin/users/new', { name: 'Lucía Ortega', login: 'lucia', password, licences: ['portal'], customer });
  mail = await shop.mailTo(email, '');
  browser = await launch();
  page = await open(browser, { ...phone, locale: 'es-US' });
});

after(async () => {
  await browser?.close();
  await shop?.stop();
});

test('the mail is in the customer’s language, whoever asked', () => {
  assert.match(mail.subject, /pide su autorización$/);
  assert.match(mail.text, /le pide autorizar el trabajo en su 2018 Toyota Tacoma/);
  assert.deepEqual(leftovers(mail.text.split('\n'), texts), []);
});

test('the page behind the link, and the price with its dates and money', async () => {
  await page.goto(mail.links.find((l) => l.includes('/a/')));
  await spanish('the link');
  await page.getByRole('button', { name: 'Mostrar el precio' }).click();
  await page.getByRole('heading', { name: 'Autorizar el trabajo' }).waitFor();
  await spanish('before the proof');
  const proof = page.locator('main input[type=text]').first();
  if (await proof.count()) {
    await proof.fill('0143');
    await page.locator('main form button').first().click();
    await page.waitForLoadState();
    await spanish('to authorize');
  }
  assert.match(await page.locator('main').innerText(), /\$1,\d\d\d\.\d\d/);
});

test('signing in, the jobs, the job', async () => {
  await page.goto(`${shop.url}/login`);
  await spanish('/login');
  await page.locator('input[name=login]').fill('lucia');
  await page.locator('input[name=password]').fill('wrong password');
  await page.getByRole('button', { name: 'Iniciar sesión' }).click();
  await page.locator('.errors, [role=alert]').first().waitFor();
  await spanish('/login refused');
  await page.locator('input[name=login]').fill('lucia');
  await page.locator('input[name=password]').fill(password);
  await page.getByRole('button', { name: 'Iniciar sesión' }).click();
  await page.waitForURL((u) => !u.pathname.startsWith('/login'));
  await spanish('the jobs');
  for (const path of [`/portal/jobs/${job}`, '/account', '/forgot', '/register']) {
    const r = await page.goto(shop.url + path);
    assert.equal(r.status(), 200, path);
    await spanish(path);
  }
});

test('a person chooses another language, and goes back', async () => {
  await page.goto(`${shop.url}/account`);
  await page.locator('select[name=language]').selectOption('en');
  await page.getByRole('button', { name: 'Guardar idioma' }).click();
  await page.getByRole('heading', { name: 'Your account' }).waitFor();
  assert.equal(await page.getAttribute('html', 'lang'), 'en');
  await page.locator('select[name=language]').selectOption('any');
  await page.getByRole('button', { name: 'Save language' }).click();
  await page.getByRole('heading', { name: 'Su cuenta' }).waitFor();
  await spanish('/account again');
});

test('a browser of another language gets the first that there is; of none, the shop’s', async () => {
  const lang = async (accept) => /<html lang="(\w+)"/.exec(await (await fetch(`${shop.url}/login`, { headers: { 'Accept-Language': accept } })).text())[1];
  assert.equal(await lang('fr-FR,es;q=0.8,en;q=0.5'), 'es');
  assert.equal(await lang('en-US,es;q=0.9'), 'en');
  assert.equal(await lang('fr'), 'en');
});
