// Walks the route table: every address that names a record is tried as another customer, as a technician, and as nobody. A new route is
// covered by itself; a new record type whose example this test can't make fails it, so that nobody forgets.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { client, source, startShop, until } from './harness.mjs';

let shop, routes, owner, advisor, other, tech, nobody;
const ids = {}; // record name → the id of one that belongs to customer A

before(async () => {
  shop = await startShop();
  routes = JSON.parse(shop.cli('describe', 'routes'));
  const admin = client(shop, shop.token('owner@demo.test'));
  advisor = client(shop, shop.token('advisor@demo.test'));
  tech = client(shop, shop.token('tech@demo.test'));
  nobody = client(shop, null);

  const person = async (last, login) => {
    const customer = await advisor.make('/customers', { last, phone: `310555${login === 'a' ? '0101' : '0102'}` });
    const member = await admin.make('/admin/users/new', { name: last, login: `${login}.portal`, password: 'first password here', licences: ['portal'], customer });
    return { customer, member, api: client(shop, shop.token(`${login}.portal`)) };
  };
  const a = await person('Aguirre', 'a');
  const b = await person('Bertrand', 'b');
  owner = a.api;
  other = b.api;
  ids['customers.customer'] = a.customer;
  ids['core.member'] = a.member;
  ids['customers.unit'] = await advisor.make(`/customers/${a.customer}/units/new`, { make: 'Subaru', model: 'Outback', plate: '7KRD482' });
  const job = ids['workorder.job'] = await advisor.make('/jobs', { customer: a.customer, unit: ids['customers.unit'], title: 'Coolant leak' });
  const task = ids['workorder.task'] = await advisor.make(`/jobs/${job}/tasks`, { title: 'Find it', kind: 'hourly', price: 14500, estimated: 1500 });
  ids['workorder.part'] = await advisor.make(`/jobs/${job}/parts`, { description: 'Hose', quantity: 1000, price: 3860, taxed: true });
  ids['workorder.fee'] = await advisor.make(`/jobs/${job}/fees`, { description: 'Hazardous waste', amount: 650 });
  ids['workorder.note'] = await tech.make(`/jobs/${job}/tasks/${task}/notes`, { text: 'Found it.' });
  await tech.make(`/jobs/${job}/tasks/${task}/do`, { action: 'clock_on' });
  await tech.make(`/jobs/${job}/tasks/${task}/do`, { action: 'clock_off' });
  ids['workorder.time'] = 1;
  const form = new FormData();
  form.append('files', new Blob([readFileSync(join(source, 'tests', 'end-to-end', 'photos', 'radiator.jpg'))], { type: 'image/jpeg' }), 'radiator.jpg');
  const sent = await fetch(`${shop.url}/jobs/${job}/tasks/${task}/files`, {
    method: 'POST', body: form, headers: { Accept: 'application/json', Authorization: `Bearer ${shop.token('tech@demo.test')}` } });
  assert.ok(sent.ok, await sent.text());
  ids['core.file'] = 1;
  await until('the photo to be prepared', async () => (await owner.get('/files/1?as=play')).status === 200);
  ids['authorization.authorization'] = await advisor.make(`/jobs/${job}/authorization/request`, { message: 'Please look.' });
});

after(async () => shop?.stop());

const names = (route) => [...route.path.matchAll(/\{(\w+)(?::([\w.]+))?\}/g)].map((m) => ({ name: m[1], type: m[2] }));
const fill = (route) => route.path.replace(/\{(\w+)(?::([\w.]+))?\}/g, (_, name, type) => (type ? ids[type] : 'x'.repeat(43)));
const withRecords = () => routes.filter((r) => names(r).some((n) => n.type));
const ask = (api, route) => api.call(route.method, fill(route), route.method === 'GET' ? undefined : {});

test('the test knows an example of every record that a route names', () => {
  const missing = new Set(withRecords().flatMap(names).filter((n) => n.type && !ids[n.type]).map((n) => n.type));
  assert.deepEqual([...missing], [], 'make one of these in before()');
});

test('the owner does reach the records', async () => {
  for (const path of ['/portal', `/portal/jobs/${ids['workorder.job']}`, `/files/${ids['core.file']}`]) {
    const r = await owner.get(path);
    assert.ok(r.status === 200, `${path}: ${r.status} ${JSON.stringify(r.body)}`);
  }
});

test('another customer gets 404 (or 403 where no customer may go)', async () => {
  for (const route of withRecords()) {
    const r = await ask(other, route);
    const expected = route.who.includes('portal') ? [404] : [403, 404];
    assert.ok(expected.includes(r.status), `${route.method} ${fill(route)} answered ${r.status}: ${JSON.stringify(r.body).slice(0, 200)}`);
  }
});

test('a technician gets 403 or 404 where the route is not for technicians', async () => {
  for (const route of withRecords().filter((r) => !r.who.includes('technician') && !r.who.includes('anyone'))) {
    const r = await ask(tech, route);
    assert.ok([403, 404].includes(r.status), `${route.method} ${fill(route)} answered ${r.status}`);
  }
});

test('nobody gets 401, 403, 404 or the sign-in page', async () => {
  for (const route of routes.filter((r) => !r.who.includes('anyone'))) {
    const r = await ask(nobody, route);
    assert.ok([401, 403, 404].includes(r.status), `${route.method} ${fill(route)} answered ${r.status}`);
    const page = await fetch(shop.url + fill(route), { redirect: 'manual' });
    if (route.method !== 'GET') continue;
    const toLogin = page.status === 303 && page.headers.get('location').includes('/login');
    assert.ok(toLogin || [401, 403, 404].includes(page.status), `GET ${fill(route)} as a page answered ${page.status}`);
  }
});

test('a number that was never given answers like one of somebody else', async () => {
  const theirs = await other.get(`/portal/jobs/${ids['workorder.job']}`);
  const never = await other.get('/portal/jobs/999999');
  assert.equal(theirs.status, 404);
  assert.deepEqual(theirs.body, never.body);
});

test('lists of another customer are empty, and prices are not in an answer before the shop asks', async () => {
  const list = await other.get('/portal');
  assert.equal(list.status, 200);
  assert.doesNotMatch(JSON.stringify(list.body), /Coolant leak|7KRD482/);
  const job = await owner.get(`/portal/jobs/${ids['workorder.job']}`);
  assert.doesNotMatch(JSON.stringify(job.body), /14500|3860|"price"|"total"/);
});
