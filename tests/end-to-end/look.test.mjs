// How every page looks and behaves, checked by measuring: each GET page of the route table with real records, at 360, 820 and 1440 px, light and
// dark. Nothing scrolls sideways, axe finds nothing, nothing complains in the console (the content security policy neither), targets are large
// enough, the skip link comes first, one green button at most, and a demo says so. A new page is covered by itself; one whose address this
// test can't fill in fails it.
//
// SW_SHOTS=folder keeps a picture of everything that is looked at.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { client, launch, open, password, program, signIn, source, startShop } from './harness.mjs';

const widths = [360, 820, 1440];
const shots = process.env.SW_SHOTS;
const only = process.env.SW_ONLY; // a word of the addresses to look at, while mending one page
const axeSource = readFileSync(createRequire(join(source, 'package.json')).resolve('axe-core/axe.min.js'), 'utf8');
const long = 'Maximiliana Featherstonehaugh-Wolfeschlegel'; // more than 40 letters
let shop, browser, routes;
const ids = {}, made = {};

before(async () => {
  shop = await startShop();
  const seed = spawnSync('node', [join(source, 'demo', 'seed.mjs'), shop.url], { env: { ...shop.env, SHOPWRIGHT: program }, encoding: 'utf8', timeout: 180000 });
  assert.equal(seed.status, 0, seed.stdout + seed.stderr);
  routes = JSON.parse(shop.cli('describe', 'routes'));
  const advisor = client(shop, shop.token('advisor@demo.test')), owner = client(shop, shop.token('owner@demo.test'));
  const tech = client(shop, shop.token('tech@demo.test'));

  // The first job of the demo is the customer's own, waits for a signature, and has everything.
  const job = (await advisor.get('/jobs/1')).body;
  const task = (await advisor.get(`/jobs/1/tasks/${job.tasks[1].id}`)).body.task;
  Object.assign(ids, {
    'workorder.job': job.id, 'workorder.task': task.id, 'workorder.part': job.tasks.flatMap((t) => t.parts)[0].id, 'workorder.fee': job.fees[0].id,
    'workorder.time': task.times[0].id, 'customers.customer': job.customer, 'customers.unit': job.unit, 'core.member': 2, 'core.file': 1,
    'authorization.authorization': 1,
  });

  // Long words, big money, many rows, and nothing at all.
  made.customer = await advisor.make('/customers', { first: 'Maximiliana', last: 'Featherstonehaugh-Wolfeschlegel', phone: '3105550199', email: 'maximiliana.featherstonehaugh.wolfeschlegel@a-rather-long-domain-name.test' });
  made.unit = await advisor.make(`/customers/${made.customer}/units/new`, { year: 2024, make: 'Freightliner', model: 'Cascadia Evolution', submodel: 'Daycab', plate: 'ABCDEFGHIJ', plate_region: 'CA' });
  made.big = await advisor.make('/jobs', { customer: made.customer, unit: made.unit, title: 'Engine, transmission, axles, and the electrical system of the whole tractor unit' });
  const line = await advisor.make(`/jobs/${made.big}/tasks`, { title: 'Reconditioning of the turbocharged six-cylinder engine', kind: 'flat', price: 12345678, quantity: 1000 });
  for (let i = 0; i < 200; i++)
    await advisor.make(`/jobs/${made.big}/parts`, { description: `Fastener ${i + 1} of the cylinder head, torque to yield`, quantity: 12500, price: 1299, taxed: true, task: line });
  await advisor.make(`/jobs/${made.big}/authorization/request`, {});
  made.empty = await advisor.make('/jobs', { customer: made.customer, unit: made.unit, title: 'Nothing yet' });
  made.signed = 3;
  for (const [login, customer] of [['max', made.customer], ['nobody.yet', await advisor.make('/customers', { last: 'Newcomer', phone: '3105550111' })]])
    await owner.make('/admin/users/new', { name: long, login, password, licences: ['portal'], customer });
  await owner.make('/admin/users/new', { name: 'Not yet here', email: 'invited@mail.test', licences: ['technician'] });
  await tech.post(`/jobs/${job.id}/tasks/${task.id}/notes`, { text: `A word without a break: ${'Donaudampfschifffahrt'.repeat(4)}` });
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await shop?.stop();
});

// What is measured in the page itself; a list of complaints.
function measure({ portal, tech, dark }) {
  const bad = [];
  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth) {
    const wide = [...document.querySelectorAll('body *')].filter((e) => e.getBoundingClientRect().right > root.clientWidth + 1 && !e.closest('.panel, .tabs, .rail, .vh'));
    bad.push(`scrolls sideways by ${root.scrollWidth - root.clientWidth} px: ${wide.slice(-2).map((e) => `${e.tagName}.${e.className}`)}`);
  }
  const first = document.querySelector('a[href], button, input, select, textarea, summary');
  if (!first || !first.matches('a.skip[href="#main"]')) bad.push('the skip link does not come first');
  if (!document.querySelector('main#main')) bad.push('no main#main to skip to');
  if (document.querySelectorAll('h1').length !== 1) bad.push(`${document.querySelectorAll('h1').length} h1`);
  const seen = (e) => e.checkVisibility({ visibilityProperty: true }) && !e.closest('.vh');
  const green = [...document.querySelectorAll('.button.primary')].filter(seen);
  if (green.length > 1) bad.push(`${green.length} green buttons: ${green.map((e) => e.innerText.trim())}`);
  if (!/\bDemo\b/.test(document.querySelector('header')?.innerText || '')) bad.push('does not say “Demo”');
  for (const chip of document.querySelectorAll('.chip'))
    if (seen(chip) && chip.innerText.trim() === '') bad.push('a chip without a word');
  for (const e of document.querySelectorAll('[style]:not([style=""], canvas), script:not([src])')) bad.push(`inline style or script: ${e.outerHTML.slice(0, 80)}`);
  const least = tech ? 56 : portal ? 48 : 24;
  for (const e of document.querySelectorAll('main :is(.button, input, select, textarea, summary), nav a, .deck .button')) {
    if (!seen(e) || e.type === 'hidden') continue;
    const box = (e.type === 'checkbox' || e.type === 'radio' ? e.closest('.tick, label') || e : e).getBoundingClientRect();
    const need = e.matches('.pswp *') ? 24 : e.closest('nav') && !portal ? 36 : least;
    if (box.width === 0) continue;
    if (box.height < need - 0.5 || box.width < 24) bad.push(`${e.tagName}.${e.className} “${(e.innerText || e.name || '').trim().slice(0, 30)}” is ${box.width | 0}×${box.height | 0}, less than ${need}`);
  }
  if (dark && getComputedStyle(document.body).backgroundColor === 'rgb(242, 245, 243)') bad.push('not dark');
  return [...new Set(bad)].slice(0, 6);
}

// Rows are alike: the first two dozen speak for the rest of a long table.
const findings = (page, dark) => page.evaluate((dark) => window.axe.run({ exclude: [['tbody tr:nth-child(n+25)']] }, dark
  ? { resultTypes: ['violations'], runOnly: ['color-contrast'] }
  : { resultTypes: ['violations'], rules: { 'target-size': { enabled: true } } }).then((r) => r.violations.map((v) => ({
  // What lies half under the technician's fixed row of actions scrolls out from under it.
  ...v, nodes: v.nodes.filter((n) => v.id !== 'target-size' || !/obscured/.test(n.any[0]?.message)) })).filter((v) => v.nodes.length > 0).map((v) =>
  `axe ${v.id}: ${v.nodes.slice(0, 3).map((n) => `${n.target.join(' ')} ${(n.any[0]?.message || '').slice(0, 120)}`).join(' | ')}`)), dark);

const picture = async (page, file, width) => {
  const height = await page.evaluate(() => document.documentElement.scrollHeight);
  await page.screenshot({ path: join(shots, file), fullPage: true, caret: 'initial', clip: { x: 0, y: 0, width, height: Math.min(height, 3000) } });
};

let looked = 0;
async function look(page, name) {
  looked++;
  const bad = [];
  await page.evaluate(axeSource);
  for (const dark of [false, true]) {
    await page.emulateMedia({ colorScheme: dark ? 'dark' : 'light', reducedMotion: 'reduce' });
    for (const width of widths) {
      await page.setViewportSize({ width, height: width < 400 ? 740 : 900 });
      const kind = await page.evaluate(() => ({ portal: document.body.matches('.portal'), tech: document.body.matches('.tech') }));
      // Measured each time; the whole of axe for the phone and the desktop, in the dark scheme only what can differ there.
      const found = [...await page.evaluate(measure, { ...kind, dark }), ...(dark ? width === 360 : width !== 820) ? await findings(page, dark) : []];
      bad.push(...found.map((f) => `${name} at ${width}${dark ? ' dark' : ''}: ${f}`));
      if (shots) await picture(page, `${name.replace(/[^\w]+/g, '_')}-${width}${dark ? '-dark' : ''}.png`, width);
    }
  }
  bad.push(...page.complaints.splice(0).map((c) => `${name}: console: ${c}`));
  return bad;
}

// Everything that one person sees: { name, path, status?, before? }, where before() brings the page into a state by doing what people do.
async function walk(login, list) {
  const page = await open(browser, { viewport: { width: 1440, height: 900 } });
  if (login) await signIn(page, shop, login);
  const bad = [];
  for (const p of list.filter((l) => !only || l.path.includes(only) || l.name?.includes(only))) {
    const name = `${(login || 'nobody').split('@')[0]} ${p.name || p.path}`;
    const answer = await page.goto(shop.url + p.path, { waitUntil: 'load' });
    if (answer.status() !== (p.status || 200)) bad.push(`${name}: ${answer.status()}`);
    if (p.before) await p.before(page);
    bad.push(...await look(page, name));
  }
  await page.context().close();
  return bad;
}

const fill = (path) => path.replace(/\{(\w+)(?::([\w.]+))?\}/g, (_, name, type) => {
  assert.ok(type && ids[type], `this test does not know a ${type || name} for ${path}`);
  return ids[type];
});
const secret = (r) => r.flags.includes('secret_path');
const pages = (who, but = []) => routes.filter((r) => r.method === 'GET' && r.page && !secret(r) && r.who.includes(who) && !but.some((b) => b.test(r.path)))
  .map((r) => ({ path: fill(r.path) }));
const send = (page, selector) => page.locator(selector).evaluate((f) => { f.noValidate = true; f.requestSubmit(); });
const clean = (bad) => assert.deepEqual(bad, [], bad.join('\n'));

test('nobody: sign-in, mailed links, the demo’s mails, errors', async () => {
  const mails = shop.mails().flatMap((raw) => [...raw.replace(/=\r?\n/g, '').replace(/=3D/g, '=').matchAll(/https?:\/\/[^\s<>"]+\/(?:a|activate)\/[\w-]+/g)].map((m) => new URL(m[0]).pathname));
  const link = (start) => mails.filter((m) => m.startsWith(start)).pop();
  const box = await (await fetch(`${shop.url}/demo/outbox`)).text();
  clean(await walk(null, [
    ...pages('anyone'),
    { path: /href="(\/demo\/outbox\/[^"]+)"/.exec(box)[1], name: 'one mail' },
    { path: link('/a/'), name: 'mailed link to a price' }, { path: link('/activate/'), name: 'activation' },
    { path: '/reset/abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG', name: 'dead link', status: 404 },
    { path: '/no-such-page', status: 404 },
    { path: '/login', name: 'wrong password', before: async (page) => {
      await page.getByLabel('E-mail').fill('customer@demo.test');
      await page.getByLabel('Password').fill('not this one, surely');
      await Promise.all([page.waitForNavigation(), send(page, 'main form')]);
    } },
  ]));
});

test('the customer: jobs, a job, the review; another with long names, big money and 200 lines; one without any job', async () => {
  clean((await Promise.all([
    walk('customer@demo.test', [...pages('portal'), { path: `/portal/jobs/${made.signed}` }, { path: `/portal/jobs/${made.big}`, status: 404 },
      { path: `/portal/jobs/${ids['workorder.job']}/authorize`, name: 'review refused', before: async (page) => Promise.all([page.waitForNavigation(), send(page, '#sign')]) }]),
    walk('max', [{ path: '/portal' }, { path: `/portal/jobs/${made.big}` }, { path: `/portal/jobs/${made.big}/authorize` }, { path: `/portal/jobs/${made.empty}` }])
      .then(async (bad) => [...bad, ...await walk('nobody.yet', [{ path: '/portal' }, { path: '/account' }])]),
  ])).flat());
});

test('the technician: the work, a task, what is not allowed', async () => {
  clean(await walk('tech@demo.test', [{ path: '/tech' }, { path: '/board/work' }, { path: `/jobs/${ids['workorder.job']}` },
    { path: `/jobs/${ids['workorder.job']}/tasks/${ids['workorder.task']}` }, { path: `/tech?task=${ids['workorder.task']}`, name: 'a task of the work' },
    { path: '/admin/users', status: 403 }]));
});

test('the advisor: boards, jobs, customers, refusals, a stale edit', async () => {
  const stale = async (page) => {
    await page.evaluate(() => { document.querySelector('main form [name=version]').value = '0'; });
    await Promise.all([page.waitForNavigation(), send(page, 'main form')]);
  };
  const half = [pages('advisor', [/^\/(admin|demo)/, /^\/$/]), [
    { path: `/jobs/${made.big}` }, { path: `/jobs/${made.empty}`, name: 'job without lines' }, { path: `/jobs/${made.big}/authorization`, name: 'authorization of a long job' },
    { path: `/jobs/${made.signed}/authorization`, name: 'authorization signed' }, { path: '/jobs/4' },
    { path: `/customers/${made.customer}`, name: 'long customer' }, { path: '/customers?q=nobodyatall', name: 'no customer found' }, { path: '/customers?q=Feather', name: 'long customer found' },
    { path: `/jobs/new?customer=${made.customer}`, name: 'new job, one unit' }, { path: `/jobs/new?customer=${ids['customers.customer']}`, name: 'new job, two units' },
    { path: '/board/work?state=cancelled' },
    { path: '/customers/new', name: 'customer refused', before: async (page) => {
      await page.locator('[name=email]').fill('not an e-mail');
      await Promise.all([page.waitForNavigation(), send(page, 'main form:not([role=search])')]);
    } },
    { path: `/jobs/${ids['workorder.job']}/edit`, name: 'job edit, stale', before: stale },
    { path: `/jobs/${ids['workorder.job']}`, name: 'task refused', before: async (page) => Promise.all([page.waitForNavigation(), send(page, '#task')]) },
    { path: `/jobs/${ids['workorder.job']}`, name: 'job, all opened', before: (page) => page.evaluate(() => document.querySelectorAll('details').forEach((d) => { d.open = true; })) },
  ]];
  clean((await Promise.all(half.map((list) => walk('advisor@demo.test', list)))).flat());
});

test('the owner: users and the shop’s settings', async () => {
  clean(await walk('owner@demo.test', [...pages('admin').filter((p) => p.path.startsWith('/admin')), { path: '/admin/users/6' },
    { path: '/admin/users/new', name: 'user refused', before: async (page) => Promise.all([page.waitForNavigation(), send(page, 'main form')]) }]));
});

test('every page of the route table was looked at', () => {
  const rest = routes.filter((r) => r.method === 'GET' && r.page && secret(r)).map((r) => r.path).sort();
  // Those with a secret in the address are opened above by their mails; a new one must be added there.
  assert.deepEqual(rest, ['/a/{token}', '/activate/{token}', '/confirm/{member}/{token}', '/demo/outbox/{name}', '/reset/{token}']);
  assert.ok(only || looked > 60, `${looked} pages`);
});
