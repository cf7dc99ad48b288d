// SIGHUP under load, through nginx: three generations follow one another, and no request is refused or lost.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { startShop, until } from '../end-to-end/harness.mjs';
import { call } from './storm.mjs';

let shop, token;
before(async () => {
  shop = await startShop();
  token = shop.token('advisor@demo.test');
});
after(async () => shop?.stop());

test('three reloads under load lose no request', async () => {
  const odd = [];
  let reads = 0, writes = 0, over = false;
  const reader = async () => {
    while (!over) {
      const r = await call(shop, token, 'GET', '/customers').catch((e) => ({ status: 0, body: String(e) }));
      reads++;
      if (r.status !== 200) odd.push(`GET: ${r.status} ${JSON.stringify(r.body).slice(0, 200)}`);
    }
  };
  const writer = async (who) => {
    for (let i = 0; !over; i++) {
      const r = await call(shop, token, 'POST', '/customers', { last: `Reload ${who}-${i}` }).catch((e) => ({ status: 0, body: String(e) }));
      writes++;
      if (r.status !== 200 && r.status !== 201) odd.push(`POST: ${r.status} ${JSON.stringify(r.body).slice(0, 200)}`);
    }
  };
  const load = [reader(), reader(), reader(), writer(1), writer(2), writer(3)];
  for (let generation = 2; generation <= 4; generation++) {
    shop.pool.kill('SIGHUP');
    await until(`generation ${generation}`, () => shop.log().includes(`event=pool.ready generation=${generation}`));
  }
  over = true;
  await Promise.all(load);
  assert.deepEqual(odd, []);
  assert.ok(reads > 20 && writes > 20, `too little load: ${reads} reads, ${writes} writes`);
});
