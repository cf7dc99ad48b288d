// Every limit of a request, crossed over HTTP through nginx: the status, and a sentence that names the limit. Nothing may be left behind by a refusal.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { client, password, source, startShop } from './harness.mjs';

let shop, advisor, tech, token, job, task, cookies, csrf;

before(async () => {
  shop = await startShop();
  token = shop.token('advisor@demo.test');
  advisor = client(shop, token);
  tech = client(shop, shop.token('tech@demo.test'));
  const customer = await advisor.make('/customers', { last: 'Delgado', phone: '3105550142' });
  const unit = await advisor.make(`/customers/${customer}/units/new`, { make: 'Subaru', model: 'Outback', plate: '7KRD482' });
  job = await advisor.make('/jobs', { customer, unit, title: 'Coolant leak' });
  task = await advisor.make(`/jobs/${job}/tasks`, { title: 'Find it', kind: 'hourly', price: 14500, estimated: 1500 });
});
after(async () => shop?.stop());

const sentence = (r) => r.body?.error?.message ?? String(r.body);
function refused(r, status, words) {
  assert.equal(r.status, status, JSON.stringify(r.body).slice(0, 300));
  assert.match(JSON.stringify(r.body), words);
}
async function ask(method, path, { body, headers = {} } = {}) {
  const r = await fetch(shop.url + path, { method, body, redirect: 'manual', headers: { Accept: 'application/json', Authorization: `Bearer ${token}`, ...headers } });
  const text = await r.text();
  try { return { status: r.status, body: JSON.parse(text), headers: r.headers }; } catch { return { status: r.status, body: text, headers: r.headers }; }
}
const form = (fields) => ({ body: new URLSearchParams(fields).toString(), headers: { 'Content-Type': 'application/x-www-form-urlencoded' } });
const json = (text) => ({ body: text, headers: { 'Content-Type': 'application/json' } });
const count = async () => (await advisor.get(`/jobs/${job}`)).body;

// Bytes as they are: fetch would mend some of these requests.
function raw(text) {
  return new Promise((resolve, reject) => {
    const s = connect(shop.port, '127.0.0.1', () => s.write(text)); // not end(): nginx would take it for a client that went away
    let got = '';
    s.setEncoding('latin1');
    s.on('data', (d) => { got += d; });
    s.on('end', () => resolve({ status: Number(/^HTTP\/1\.1 (\d+)/.exec(got)?.[1]), body: got.slice(got.indexOf('\r\n\r\n') + 4) }));
    s.on('error', reject);
  });
}
const get = (path, more = '') => raw(`GET ${path} HTTP/1.1\r\nHost: localhost:${shop.port}\r\nAccept: application/json\r\nAuthorization: Bearer ${token}\r\n${more}Connection: close\r\n\r\n`);

test('a body over 256 kB: 413 with the limit, from the worker and, far over, from nginx', async () => {
  const at = `/jobs/${job}/tasks/${task}/notes`;
  refused(await ask('POST', at, json(JSON.stringify({ text: 'x'.repeat(256 * 1024) }))), 413, /256 kB/i);
  refused(await ask('POST', at, form({ text: 'x'.repeat(256 * 1024) })), 413, /256 kB/i);
  refused(await ask('POST', at, json('x'.repeat(600 * 1024))), 413, /256 kB/i);
});

test('a form with over 500 fields: 413', async () => {
  const fields = Array.from({ length: 501 }, (_, i) => [`f${i}`, '1']);
  refused(await ask('POST', `/jobs/${job}/tasks/${task}/notes`, form(fields)), 413, /500 fields/);
});

test('JSON: over 16 deep, cut off, twice the same name, no object', async () => {
  const at = `/jobs/${job}/tasks/${task}/notes`;
  for (const depth of [17, 100000]) { // the field is judged before the depth: a text is no list
    refused(await ask('POST', at, json(`{"text":${'['.repeat(depth)}${']'.repeat(depth)}}`)), 422, /can't be a list/);
    const other = await ask('POST', at, json(`{"text":"a","more":${'['.repeat(depth)}${']'.repeat(depth)}}`));
    assert.ok([400, 422].includes(other.status), JSON.stringify(other.body));
  }
  refused(await ask('POST', at, json('{"text":"a"')), 400, /./);
  refused(await ask('POST', at, json('{"text":"a","text":"b"}')), 422, /came twice/);
  refused(await ask('POST', at, json('[1]')), 400, /./);
  assert.ok([400, 422].includes((await ask('POST', at, json('{"text":"a\\u0000b"}'))).status));
});

test('fields: required, too long, unknown, out of range, not a number, not a choice; each names the field', async () => {
  const at = `/jobs/${job}/tasks`;
  const wrong = async (fields, field, words) => {
    const r = await advisor.post(at, { title: 'T', kind: 'flat', ...fields });
    assert.ok([400, 422].includes(r.status), `${JSON.stringify(fields).slice(0, 100)}: ${r.status}`);
    assert.match(JSON.stringify(r.body.error.fields[field] ?? sentence(r)), words);
    assert.ok(field in r.body.error.fields, `names ${field}: ${JSON.stringify(r.body)}`);
  };
  await wrong({ title: '' }, 'title', /./);
  await wrong({ title: 'x'.repeat(121) }, 'title', /120/);
  await wrong({ description: 'x'.repeat(4001) }, 'description', /4000/);
  await wrong({ price: 100000001 }, 'price', /1,?000,?000/);
  await wrong({ price: -1 }, 'price', /./);
  await wrong({ price: '9999999999999999999999' }, 'price', /./);
  await wrong({ quantity: 10000001 }, 'quantity', /10,?000/);
  await wrong({ quantity: -1 }, 'quantity', /./);
  await wrong({ kind: 'per mile' }, 'kind', /./);
  await wrong({ technician: 999999 }, 'technician', /./);
  await wrong({ colour: 'red' }, 'colour', /./);
  await wrong({ state: 2 }, 'state', /./);
  const total = await count();
  assert.equal(total.tasks.length, 1, 'no refusal has left a task');
});

test('path, query, header and cookies too long: 400 (or nginx\'s 414, 431) and never a page', async () => {
  const path = await get(`/jobs/${'1'.repeat(1100)}`);
  refused(path, 400, /1024/);
  refused(await get(`/board?q=${'a'.repeat(4200)}`), 400, /4096/);
  refused(await get('/board', `Cookie: a=${'b'.repeat(4200)}\r\n`), 400, /4096/);
  const header = Array.from({ length: 8 }, (_, i) => `X-Long-${i}: ${'c'.repeat(4000)}\r\n`).join('');
  assert.equal((await get('/board', header)).status, 400);
  assert.ok([400, 414, 431].includes((await get('/board', `X-Long: ${'c'.repeat(20000)}\r\n`)).status));
  for (const odd of ['/jobs/%00', '/jobs/../../etc/passwd', '/jobs/%2e%2e/%2e%2e/etc/passwd', '/jobs/%ff', '/jobs//1'])
    assert.ok([400, 404].includes((await get(odd)).status), `${odd} answers ${(await get(odd)).status}`);
  assert.ok([400, 404].includes((await get('/internal/session')).status));
  assert.ok([404].includes((await get('/protected/1')).status));
});

test('a form with files from a browser that is no longer signed in', async () => {
  for (const [accept, words] of [['text/html', /Please sign in/], ['application/json', /not_signed_in/]]) {
    const r = await fetch(`${shop.url}/jobs/${job}/files`, { method: 'POST', redirect: 'manual', body: new URLSearchParams({ internal: 'on' }), headers: { Accept: accept } });
    assert.equal(r.status, 401);
    assert.match(await r.text(), words);
  }
});

test('behind the machine’s own web server, who asks is who it says', async () => {
  const before = await fetch(`${shop.url}/metrics`);
  assert.equal(before.status, 200);
  const through = { headers: { 'X-Real-IP': '203.0.113.7' } };
  assert.equal((await fetch(`${shop.url}/metrics`, through)).status, 403);
  assert.equal((await fetch(`${shop.url}/demo/outbox`, through)).status, 404);
});

test('numbers in an address that are none', async () => {
  for (const n of ['0', '-1', '18446744073709551616', '1e3', '1.0', 'x', '%31%20'])
    assert.ok([400, 404].includes((await ask('GET', `/jobs/${n}`)).status), `/jobs/${n}`);
});

test('files: none, a wrong kind, a lying name, too many parts, too many files, too large; each with its sentence', async () => {
  const at = `/jobs/${job}/tasks/${task}/files`;
  const photo = readFileSync(join(source, 'tests', 'end-to-end', 'photos', 'radiator.jpg'));
  const send = (fill) => {
    const f = new FormData();
    fill(f);
    return ask('POST', at, { body: f });
  };
  const some = await send((f) => f.append('files', new Blob(['MZ this is no picture'], { type: 'image/jpeg' }), 'radiator.jpg'));
  assert.ok([400, 422].includes(some.status), JSON.stringify(some.body));
  assert.match(JSON.stringify(some.body), /picture|photo/i);
  const page = await send((f) => f.append('files', new Blob(['<html><script>1</script></html>'], { type: 'text/html' }), 'a.html'));
  assert.ok([400, 422].includes(page.status), JSON.stringify(page.body));
  refused(await send((f) => { for (let i = 0; i < 101; i++) f.append('note', 'x'); }), 413, /100 parts/);
  refused(await send((f) => { for (let i = 0; i < 21; i++) f.append('files', new Blob([photo], { type: 'image/jpeg' }), `${i}.jpg`); }), 413, /20 files/);
  const large = await send((f) => f.append('files', new Blob([Buffer.alloc(33 * 1024 * 1024)], { type: 'image/jpeg' }), 'large.jpg'));
  refused(large, 413, /32 MB/);
  const broken = await ask('POST', at, { body: 'no boundary', headers: { 'Content-Type': 'multipart/form-data' } });
  assert.equal(broken.status, 400, JSON.stringify(broken.body));
  const nobody = await raw(`POST ${at} HTTP/1.1\r\nHost: localhost:${shop.port}\r\nAccept: application/json\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 3\r\nConnection: close\r\n\r\n---`);
  assert.equal(nobody.status, 401, nobody.body);
  assert.deepEqual((await count()).files ?? [], []);
});

test('other ways to ask: a wrong method, a body kind that the address does not take', async () => {
  assert.ok([404, 405].includes((await ask('DELETE', `/jobs/${job}`)).status));
  assert.ok([400, 404, 405, 501].includes((await ask('PATCH', `/jobs/${job}`)).status));
  const xml = await ask('POST', `/jobs/${job}/tasks`, { body: '<a/>', headers: { 'Content-Type': 'text/xml' } });
  assert.ok([400, 415].includes(xml.status), JSON.stringify(xml.body));
});

test('the same key twice is one effect and the same answer', async () => {
  const send = () => ask('POST', `/jobs/${job}/tasks/${task}/notes`, { ...json('{"text":"Only once"}'),
    headers: { 'Content-Type': 'application/json', 'Idempotency-Key': 'k-1' } });
  const first = await send();
  assert.ok([200, 201].includes(first.status), JSON.stringify(first.body));
  const second = await send();
  assert.deepEqual([second.status, second.body], [first.status, first.body]);
  assert.equal(JSON.stringify((await count())).split('Only once').length - 1, 1);
  const both = await Promise.all([1, 2, 3, 4].map(() => ask('POST', `/jobs/${job}/tasks/${task}/notes`, { ...json('{"text":"At the same time"}'),
    headers: { 'Content-Type': 'application/json', 'Idempotency-Key': 'k-2' } })));
  for (const r of both) assert.deepEqual(r.body, both[0].body);
  assert.equal(JSON.stringify((await count())).split('At the same time').length - 1, 1);
});

test('a stale edit and a step that the table does not allow: 409 with a sentence, and nothing changes', async () => {
  const { version } = (await advisor.get(`/jobs/${job}/edit`)).body;
  assert.ok((await advisor.post(`/jobs/${job}/edit`, { title: 'Coolant leak, left', version })).status < 300);
  refused(await advisor.post(`/jobs/${job}/edit`, { title: 'Lost', version }), 409, /changed/);
  refused(await advisor.post(`/jobs/${job}/do`, { action: 'invoice' }), 409, /[a-z]+ [a-z]+/);
  refused(await advisor.post(`/jobs/${job}/do`, { action: 'explode' }), 409, /[a-z]+ [a-z]+/);
  assert.match(JSON.stringify(await count()), /Coolant leak, left/);
});

test('a form from elsewhere: 403, signed in or not', async () => {
  const page = await fetch(`${shop.url}/login`);
  cookies = page.headers.getSetCookie().map((c) => c.split(';')[0]).join('; ');
  const text = await page.text();
  csrf = /name="csrf" value="([^"]*)"/.exec(text)[1];
  const post = (path, fields, cookie) => fetch(shop.url + path, { method: 'POST', redirect: 'manual', body: new URLSearchParams(fields), headers: { Cookie: cookie } });
  assert.equal((await post('/login', { login: 'advisor@demo.test', password }, '')).status, 403);
  assert.equal((await post('/login', { login: 'advisor@demo.test', password, csrf: 'f'.repeat(csrf.length) }, cookies)).status, 403);
  const good = await post('/login', { login: 'advisor@demo.test', password, csrf }, cookies);
  assert.equal(good.status, 303, await good.text());
  cookies = good.headers.getSetCookie().map((c) => c.split(';')[0]).join('; ');
  const at = `/jobs/${job}/tasks/${task}/notes`;
  const from = await post(at, { text: 'From elsewhere' }, cookies);
  assert.equal(from.status, 403);
  assert.match(await from.text(), /check what you entered and send it once more/);
  const script = await fetch(shop.url + at, { method: 'POST', body: '{"text":"From elsewhere"}', headers: { Cookie: cookies, 'Content-Type': 'application/json' } });
  assert.equal(script.status, 403);
  assert.doesNotMatch(JSON.stringify(await count()), /From elsewhere/);
});

test('a token that is none, and one in an odd place', async () => {
  assert.equal((await ask('GET', `/jobs/${job}`, { headers: { Authorization: 'Bearer 123' } })).status, 401);
  assert.equal((await ask('GET', `/jobs/${job}`, { headers: { Authorization: `Bearer ${'a'.repeat(5000)}` } })).status, 401);
  assert.equal((await fetch(`${shop.url}/jobs/${job}?token=${token}`, { redirect: 'manual', headers: { Accept: 'application/json' } })).status, 401);
});

test('what a technician may not do is 403 with a sentence', async () => {
  refused(await tech.post(`/jobs/${job}/parts`, { description: 'Hose', price: 1 }), 403, /[a-z]+ [a-z]+/);
});

test('the shop still answers, and no worker has died over all this', async () => {
  assert.equal((await advisor.get(`/jobs/${job}`)).status, 200);
  assert.doesNotMatch(shop.log(), /event=worker\.(died|stuck)/);
});
