// kill -9 of workers and of the supervisor during 1,000 signings: each acknowledged one is there, exactly once, and the chain holds.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { client, startShop, until } from '../end-to-end/harness.mjs';
import { call, childrenOf, dice, kill, poolOf, send } from './storm.mjs';

const signings = Number(process.env.SW_SIGNINGS || 1000);
const seed = Number(process.env.SW_SEED || Date.now() % 100000);
let shop, portalToken, advisorToken;
const jobs = []; // { id, hash }

const each = async (list, width, fn) => {
  let next = 0;
  await Promise.all(Array.from({ length: width }, async () => {
    while (next < list.length) await fn(list[next++]);
  }));
};

const post = async (token, path, body, key) => (await call(shop, token, 'POST', path, body, key)).status;
const make = async (path, body) => {
  const r = await call(shop, advisorToken, 'POST', path, body);
  assert.ok(r.status === 200 || r.status === 201, `POST ${path}: ${r.status} ${JSON.stringify(r.body)}`);
  return r.body.id;
};

before(async () => {
  shop = await startShop();
  advisorToken = shop.token('advisor@demo.test');
  const admin = client(shop, shop.token('owner@demo.test'));
  const customer = await make('/customers', { last: 'Faulkner', phone: '3105550142' });
  await admin.make('/admin/users/new', { name: 'Faulkner', login: 'faulkner.portal', password: 'first password here', licences: ['portal'], customer });
  portalToken = shop.token('faulkner.portal');
  const unit = await make(`/customers/${customer}/units/new`, { make: 'Subaru', model: 'Outback', plate: '7KRD482' });
  await each(Array.from({ length: signings }, (_, i) => i), 16, async (i) => {
    const id = await make('/jobs', { customer, unit, title: `Fault ${i}` });
    await make(`/jobs/${id}/tasks`, { title: 'Brakes', kind: 'flat', price: 23200 });
    await make(`/jobs/${id}/authorization/request`, { no_mail: true });
    const page = await call(shop, portalToken, 'GET', `/portal/jobs/${id}/authorize`);
    assert.equal(page.status, 200, JSON.stringify(page.body));
    jobs.push({ id, hash: page.body.hash });
  });
});

after(async () => shop?.stop());

test(`${signings} signings and notes outlive kill -9 of workers and supervisor (SW_SEED=${seed})`, async () => {
  const ops = jobs.flatMap((job, i) => [
    { job, kind: 'sign', send: () => post(portalToken, `/portal/jobs/${job.id}/authorize`, { hash: job.hash, name: 'Ada Faulkner' }, `sign-${job.id}`) },
    ...(i % 4 === 0 ? [{ job, kind: 'note', send: () => post(advisorToken, `/jobs/${job.id}/notes`, { text: `note of ${job.id}.` }, `note-${job.id}`) }] : []),
  ]);
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), 80000);
  const done = () => (late.signal.aborted ? 1 : ops.filter((op) => op.acknowledged).length / ops.length);
  const [, killed] = await Promise.all([send(ops, 6, late.signal), kill(shop, dice(seed), { every: 60, supervisorAt: [0.25, 0.6], done })]);
  clearTimeout(timer);
  assert.equal(late.signal.aborted, false, `not all were acknowledged in time: ${done()}`);
  assert.ok(killed.writers > 0 && killed.supervisors === 2, `too little was killed: ${JSON.stringify(killed)}`);
  const odd = ops.filter((op) => op.acknowledged !== 200 && op.acknowledged !== 201);
  assert.deepEqual(odd.map((op) => `${op.kind} ${op.job.id}: ${op.acknowledged} after ${op.tries} tries`), []);

  await until('the pool to be whole again', () => ['read', 'write', 'slow'].every((p) => childrenOf(shop.pool.pid).some((pid) => poolOf(pid) === p)));
  const wrong = [];
  await each(ops, 16, async (op) => {
    const page = await call(shop, advisorToken, 'GET', op.kind === 'sign' ? `/jobs/${op.job.id}/authorization` : `/jobs/${op.job.id}`);
    const found = op.kind === 'sign' ? page.body.history?.filter((h) => h.state === 'authorized' && h.name === 'Ada Faulkner').length
      : JSON.stringify(page.body).split(`"note of ${op.job.id}."`).length - 1;
    if (page.status !== 200 || found !== 1) wrong.push(`${op.kind} of job ${op.job.id}: ${page.status}, there ${found} times: ${JSON.stringify(page.body).slice(0, 1500)}`);
  });
  assert.equal(wrong.length, 0, `${wrong.length} of ${ops.length}; the first: ${wrong[0]}`);
});

test('the chain holds afterwards, and every worker is back', async () => {
  assert.match(shop.cli('verify'), /./);
  assert.ok(childrenOf(shop.pool.pid).length >= 3);
  assert.equal((await call(shop, advisorToken, 'GET', '/health')).status, 200);
});
