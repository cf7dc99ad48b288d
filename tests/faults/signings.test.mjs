// kill -9 of workers and of the supervisor during 1,000 signings: each acknowledged one is there, exactly once, and the chain holds.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { client, startShop } from '../end-to-end/harness.mjs';
import { childrenOf, dice, kill, send } from './storm.mjs';

const signings = Number(process.env.SW_SIGNINGS || 1000);
const seed = Number(process.env.SW_SEED || Date.now() % 100000);
let shop, advisor, portal, portalToken, advisorToken;
const jobs = []; // { id, hash }

const each = async (list, width, fn) => {
  let next = 0;
  await Promise.all(Array.from({ length: width }, async () => {
    while (next < list.length) await fn(list[next++]);
  }));
};

// A POST with a key of its own: a second one with the same key has the first one's effect and answer.
const post = async (token, path, body, key) => {
  const r = await fetch(shop.url + path, {
    method: 'POST', redirect: 'manual', body: JSON.stringify(body), signal: AbortSignal.timeout(20000),
    headers: { Accept: 'application/json', 'Content-Type': 'application/json', Authorization: `Bearer ${token}`, 'Idempotency-Key': key } });
  await r.text();
  return r.status;
};

before(async () => {
  shop = await startShop();
  advisorToken = shop.token('advisor@demo.test');
  advisor = client(shop, advisorToken);
  const admin = client(shop, shop.token('owner@demo.test'));
  const customer = await advisor.make('/customers', { last: 'Faulkner', phone: '3105550142' });
  await admin.make('/admin/users/new', { name: 'Faulkner', login: 'faulkner.portal', password: 'first password here', licences: ['portal'], customer });
  portalToken = shop.token('faulkner.portal');
  portal = client(shop, portalToken);
  const unit = await advisor.make(`/customers/${customer}/units/new`, { make: 'Subaru', model: 'Outback', plate: '7KRD482' });
  await each(Array.from({ length: signings }, (_, i) => i), 16, async (i) => {
    const id = await advisor.make('/jobs', { customer, unit, title: `Fault ${i}` });
    await advisor.make(`/jobs/${id}/tasks`, { title: 'Brakes', kind: 'flat', price: 23200 });
    await advisor.make(`/jobs/${id}/authorization/request`, { no_mail: true });
    const page = await portal.get(`/portal/jobs/${id}/authorize`);
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
  const [, killed] = await Promise.all([send(ops, 8, late.signal), kill(shop, dice(seed), { every: 150, supervisorAt: [0.25, 0.6], done })]);
  clearTimeout(timer);
  assert.equal(late.signal.aborted, false, `not all were acknowledged in time: ${done()}`);
  assert.ok(killed.workers > 0 && killed.supervisors === 2, `too little was killed: ${JSON.stringify(killed)}`);
  const odd = ops.filter((op) => op.acknowledged !== 200 && op.acknowledged !== 201);
  assert.deepEqual(odd.map((op) => `${op.kind} ${op.job.id}: ${op.acknowledged} after ${op.tries} tries`), []);

  const wrong = [];
  await each(ops, 16, async (op) => {
    const page = await advisor.get(op.kind === 'sign' ? `/jobs/${op.job.id}/authorization` : `/jobs/${op.job.id}`);
    const text = JSON.stringify(page.body);
    const found = op.kind === 'sign' ? text.split('"authorized"').length - 1 : text.split(`"note of ${op.job.id}."`).length - 1;
    if (page.status !== 200 || found !== 1) wrong.push(`${op.kind} of job ${op.job.id}: ${page.status}, there ${found} times`);
  });
  assert.deepEqual(wrong, []);
});

test('the chain holds afterwards, and every worker is back', async () => {
  assert.match(shop.cli('verify'), /./);
  assert.ok(childrenOf(shop.pool.pid).length >= 3);
  assert.equal((await advisor.get('/health')).status, 200);
});
