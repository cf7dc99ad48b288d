// Photos and films as phones make them: in pieces, over connections that break, shown to whom they belong and to nobody else.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { crc32, deflateSync } from 'node:zlib';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { client, desktop, launch, open, signIn, startShop, until } from './harness.mjs';

const PIECE = 4 * 1024 * 1024;
let shop, dir, tech, techToken, advisor, mine, other, mineToken, otherToken, job, task, browser;

function run(program, ...args) {
  const r = spawnSync(program, args, { encoding: 'utf8', timeout: 60000 });
  if (r.status !== 0) throw new Error(`${program} ${args.join(' ')}: ${r.error || r.stderr}`);
}
const at = (name) => join(dir, name);
const ffmpeg = (...args) => run('/usr/bin/ffmpeg', '-nostdin', '-v', 'error', '-y', ...args);

// An Exif block as a phone writes it: turned by a quarter, and where the picture was taken.
function exif(orientation) {
  const b = Buffer.alloc(2 + 2 + 6 + 8 + 2 + 24 + 4 + 2 + 24 + 4 + 24);
  let o = b.writeUInt16BE(0xffe1, 0);
  o = b.writeUInt16BE(b.length - 2, o);
  o += b.write('Exif\0\0MM\0*', o, 'latin1');
  o = b.writeUInt32BE(8, o);
  const entry = (tag, type, n, value, short) => {
    o = b.writeUInt16BE(tag, o);
    o = b.writeUInt16BE(type, o);
    o = b.writeUInt32BE(n, o);
    if (short) b.writeUInt16BE(value, o);
    else b.writeUInt32BE(value, o);
    o += 4;
  };
  o = b.writeUInt16BE(2, o);
  entry(0x0112, 3, 1, orientation, true);
  entry(0x8825, 4, 1, 8 + 2 + 24 + 4, false);
  o = b.writeUInt32BE(0, o);
  o = b.writeUInt16BE(2, o);
  entry(1, 2, 2, 0x4e000000, false);
  entry(2, 5, 3, 8 + 2 + 24 + 4 + 2 + 24 + 4, false);
  o = b.writeUInt32BE(0, o);
  for (const n of [34, 1, 3, 1, 7, 1]) o = b.writeUInt32BE(n, o);
  return b;
}

function png(width, height, depth, color, rows) {
  const chunk = (type, data) => {
    const b = Buffer.concat([Buffer.alloc(4), Buffer.from(type), data, Buffer.alloc(4)]);
    b.writeUInt32BE(data.length, 0);
    b.writeUInt32BE(crc(b.subarray(4, -4)), b.length - 4);
    return b;
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head[8] = depth;
  head[9] = color;
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), chunk('IHDR', head), chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0))]);
}
function crc(bytes) {
  if (crc32) return crc32(bytes);
  let c = 0xffffffff;
  for (const byte of bytes) {
    c ^= byte;
    for (let k = 0; k < 8; k++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
  }
  return (c ^ 0xffffffff) >>> 0;
}

function makeSamples() {
  ffmpeg('-f', 'lavfi', '-i', 'testsrc2=s=1200x800', '-frames:v', '1', at('plain.jpg'));
  const plain = readFileSync(at('plain.jpg'));
  writeFileSync(at('phone.jpg'), Buffer.concat([plain.subarray(0, 2), exif(6), plain.subarray(2)]));
  writeFileSync(at('broken.jpg'), plain.subarray(0, plain.length >> 1));
  ffmpeg('-f', 'lavfi', '-i', 'color=red@0.0:s=300x200,format=rgba', '-frames:v', '1', at('clear.png'));
  writeFileSync(at('bomb.png'), png(20000, 20000, 1, 0, Buffer.alloc(20000 * 2501)));
  run('/usr/bin/heif-enc', '-q', '60', at('plain.jpg'), '-o', at('photo.heic'));
  ffmpeg('-f', 'lavfi', '-i', 'testsrc2=s=640x360:r=30:d=2', '-f', 'lavfi', '-i', 'sine=d=2', '-c:v', 'libx265', '-x265-params', 'log-level=none',
    '-preset', 'ultrafast', '-tag:v', 'hvc1', '-c:a', 'aac', '-metadata', 'location=+34.1201-118.3005/', at('film.mov'));
  // A film of 40 MB: the same, and a box that players skip.
  const film = readFileSync(at('film.mov'));
  const free = Buffer.concat([Buffer.alloc(4), Buffer.from('free'), randomBytes(40e6 - film.length - 8)]);
  free.writeUInt32BE(free.length, 0);
  writeFileSync(at('large.mov'), Buffer.concat([film, free]));
}

before(async () => {
  dir = mkdtempSync(join(tmpdir(), 'sw-files-'));
  makeSamples();
  shop = await startShop();
  const admin = client(shop, shop.token('owner@demo.test'));
  advisor = client(shop, shop.token('advisor@demo.test'));
  techToken = shop.token('tech@demo.test');
  tech = client(shop, techToken);
  const person = async (last, phone) => {
    const customer = await advisor.make('/customers', { last, phone });
    await admin.make('/admin/users/new', { name: last, login: `${last.toLowerCase()}.portal`, password: 'first password here', licences: ['portal'], customer });
    return { customer, token: shop.token(`${last.toLowerCase()}.portal`) };
  };
  const a = await person('Aguirre', '3105550101'), b = await person('Bertrand', '3105550102');
  mineToken = a.token;
  otherToken = b.token;
  mine = client(shop, mineToken);
  other = client(shop, otherToken);
  const unit = await advisor.make(`/customers/${a.customer}/units/new`, { make: 'Subaru', model: 'Outback', plate: '7KRD482' });
  job = await advisor.make('/jobs', { customer: a.customer, unit, title: 'Coolant leak' });
  task = await advisor.make(`/jobs/${job}/tasks`, { title: 'Find it', kind: 'hourly', price: 14500, estimated: 1500 });
});

after(async () => {
  await browser?.close();
  await shop?.stop();
  if (dir) rmSync(dir, { recursive: true, force: true });
});

const bearer = (token, more = {}) => ({ Accept: 'application/json', ...(token ? { Authorization: `Bearer ${token}` } : {}), ...more });
const get = (path, token, more) => fetch(shop.url + path, { headers: bearer(token, more), redirect: 'manual' });
const put = async (id, offset, bytes, token = techToken) => {
  const r = await fetch(`${shop.url}/uploads/${id}?offset=${offset}`, {
    method: 'PUT', body: bytes, headers: bearer(token, { 'Content-Type': 'application/octet-stream' }) });
  return { status: r.status, body: await r.json().catch(() => ({})) };
};
const filesOf = async (api = tech) => (await api.get(`/jobs/${job}/tasks/${task}`)).body.task.files;
const postForm = async (entries, token = techToken) => {
  const form = new FormData();
  for (const [name, value, file] of entries) if (file) form.append(name, new Blob([value]), file); else form.append(name, value);
  const r = await fetch(`${shop.url}/jobs/${job}/tasks/${task}/files`, { method: 'POST', body: form, headers: bearer(token) });
  return { status: r.status, body: await r.json() };
};
const begin = async (name, size, token = techToken) => client(shop, token).call('POST', '/uploads', { name, size });
const whole = async (path, name) => {
  const bytes = readFileSync(path);
  let { body } = await begin(name, bytes.length);
  for (let done = 0; done < bytes.length; done += PIECE) {
    const r = await put(body.id, done, bytes.subarray(done, done + PIECE));
    assert.equal(r.status, 200, JSON.stringify(r.body));
    body = r.body;
  }
  return body;
};
// The file by this name once the courier is through with it.
const ready = (name, seconds = 30) => until(`${name} to be ready`, async () => {
  const f = (await filesOf()).find((x) => x.name === name);
  return f && (f.thumb || f.broken) ? f : null;
}, seconds);
const bytesOf = async (path, token, more) => Buffer.from(await (await get(path, token, more)).arrayBuffer());
function sizeOf(jpeg) {
  for (let i = 2; i < jpeg.length;) {
    const mark = jpeg[i + 1];
    if (mark >= 0xc0 && mark <= 0xc2) return [jpeg.readUInt16BE(i + 7), jpeg.readUInt16BE(i + 5)];
    i += 2 + jpeg.readUInt16BE(i + 2);
  }
  return null;
}

test('a film of 40 MB comes in pieces, goes on after a break, and is the same bytes', async () => {
  const bytes = readFileSync(at('large.mov'));
  const made = await begin('C:\\Users\\tech\\large.mov', bytes.length);
  assert.equal(made.status, 201);
  assert.match(made.body.id, /^[0-9a-f]{32}$/);
  assert.deepEqual([made.body.name, made.body.have, made.body.done], ['large.mov', 0, false]);
  const { id } = made.body;
  assert.equal((await put(id, 0, bytes.subarray(0, PIECE))).body.have, PIECE);
  // Cut off in the middle: nothing of it counts.
  const cut = new AbortController();
  const broken = fetch(`${shop.url}/uploads/${id}?offset=${PIECE}`, {
    method: 'PUT', duplex: 'half', signal: cut.signal, headers: bearer(techToken, { 'Content-Type': 'application/octet-stream', 'Content-Length': String(PIECE) }),
    body: new ReadableStream({ start(c) { c.enqueue(bytes.subarray(PIECE, PIECE + 100000)); setTimeout(() => cut.abort(), 100); } }) });
  await assert.rejects(broken);
  const { body: after } = await tech.get(`/uploads/${id}`);
  assert.deepEqual([after.have, after.done, after.size], [PIECE, false, bytes.length]);
  // Not at the place where it stopped, beyond the end, and not yet whole: refused in words.
  const wrong = await put(id, 3 * PIECE, bytes.subarray(0, PIECE));
  assert.equal(wrong.status, 409);
  assert.match(wrong.body.error.message, /4194304 bytes/);
  const early = await postForm([['upload', id]]);
  assert.equal(early.status, 422);
  assert.match(JSON.stringify(early.body), /not here yet: 4194304 of 40000000/);
  let last;
  for (let o = PIECE; o < bytes.length; o += PIECE) last = await put(id, o, bytes.subarray(o, o + PIECE));
  assert.deepEqual([last.status, last.body.done, last.body.have], [200, true, bytes.length]);
  // The last piece once more, as after an answer that got lost.
  assert.equal((await put(id, 9 * PIECE, bytes.subarray(9 * PIECE))).body.done, true);
  const kept = await postForm([['upload', id]]);
  assert.ok(kept.status < 300, JSON.stringify(kept.body));
  const f = (await filesOf()).find((x) => x.name === 'large.mov');
  assert.equal(f.size, bytes.length);
  const sha = (b) => createHash('sha256').update(b).digest('hex');
  assert.equal(sha(await bytesOf(`/files/${f.id}`, techToken)), sha(bytes));
  const left = readdirSync(join(shop.home, 'tmp', 'uploads'), { recursive: true }).filter((n) => /[0-9a-f]{32}$/.test(n));
  assert.deepEqual(left, [], 'the pieces are gone');
});

test('what an upload refuses', async () => {
  for (const [name, size, status, words] of [['x.mov', 0, 422, /empty/], ['x.mov', 2 ** 30 + 1, 413, /1024 MB/], ['x.mov', -5, 422, /below zero/]]) {
    const r = await begin(name, size);
    assert.equal(r.status, status, JSON.stringify(r.body));
    assert.match(JSON.stringify(r.body), words);
  }
  const { body } = await begin('malware.exe', 5000);
  const exe = await put(body.id, 0, Buffer.from('MZ\x90\0'.padEnd(5000, 'x'), 'latin1'));
  assert.equal(exe.status, 422);
  assert.match(JSON.stringify(exe.body), /not a photo, a video or a PDF/);
  assert.equal((await tech.get(`/uploads/${body.id}`)).status, 404);
  const two = await begin('film.mov', 100);
  const film = readFileSync(at('film.mov'));
  assert.equal((await put(two.body.id, 0, film.subarray(0, 200))).status, 422);
  const big = await fetch(`${shop.url}/uploads/${two.body.id}?offset=0`, { method: 'PUT', body: Buffer.alloc(PIECE + 200000), headers: bearer(techToken) });
  assert.equal(big.status, 413);
  for (const id of ['../../../shopwright.conf', 'x', '0'.repeat(32)]) assert.equal((await tech.get(`/uploads/${id}`)).status, 404, id);
  assert.equal((await tech.get('/uploads/..%2f..%2f1%2f2')).status, 400);
});

test('an upload is its user’s alone', async () => {
  const { body } = await begin('film.mov', 100);
  for (const [token, status] of [[otherToken, 404], [shop.token('advisor@demo.test'), 404], [null, 401]]) {
    assert.equal((await get(`/uploads/${body.id}`, token)).status, status);
    assert.equal((await put(body.id, 0, Buffer.alloc(100), token)).status, status);
  }
  const done = await whole(at('clear.png'), 'clear.png');
  const stolen = await postForm([['upload', done.id]], shop.token('advisor@demo.test'));
  assert.equal(stolen.status, 422);
  assert.match(JSON.stringify(stolen.body), /is not known/);
});

test('nobody fills the disk without being signed in', async () => {
  const form = new FormData();
  form.append('files', new Blob([readFileSync(at('large.mov')).subarray(0, 20e6)]), 'x.mov');
  const r = await fetch(`${shop.url}/jobs/${job}/tasks/${task}/files`, { method: 'POST', body: form, headers: { Accept: 'application/json' } }).catch(() => null);
  if (r) { // nginx may close while we still send
    assert.equal(r.status, 401);
    assert.equal((await r.json()).error.code, 'not_signed_in');
  }
  assert.deepEqual(readdirSync(join(shop.home, 'nginx', 'body')).filter((n) => !/^\d$/.test(n)), []);
  assert.equal((await get('/upload-check', techToken)).status, 404);
  assert.equal((await get('/signed-in', techToken)).status, 200);
  assert.equal((await get('/signed-in', null)).status, 401);
});

test('the courier makes thumbnails of what phones and cameras send', async () => {
  const names = ['phone.jpg', 'photo.heic', 'clear.png', 'broken.jpg', 'bomb.png', 'film.mov'];
  const r = await postForm(names.map((n) => ['files', readFileSync(at(n)), n]));
  assert.ok(r.status < 300, JSON.stringify(r.body));
  const [turned, heic, clear, broken, bomb, film] = await Promise.all(names.map((n) => ready(n, 60)));

  for (const f of [turned, heic, clear]) {
    const thumb = await bytesOf(f.thumb, techToken);
    assert.equal(thumb.readUInt16BE(0), 0xffd8, f.name);
    assert.ok(Math.max(...sizeOf(thumb)) <= 400);
  }
  assert.deepEqual(sizeOf(await bytesOf(turned.thumb, techToken)), [267, 400]);
  const shown = await get(heic.href, techToken);
  assert.equal(shown.headers.get('content-type'), 'image/jpeg');
  assert.deepEqual(sizeOf(Buffer.from(await shown.arrayBuffer())), [1200, 800]);

  for (const f of [broken, bomb]) assert.ok(f.broken && !f.thumb && !f.play, f.name);
  const page = await (await fetch(`${shop.url}/files/${broken.id}?as=thumb`, { headers: bearer(techToken) })).json();
  assert.match(page.error.message, /damaged, cut off or far too large/);

  const play = await get(film.play, techToken);
  assert.equal(play.headers.get('content-type'), 'video/mp4');
  writeFileSync(at('play.mp4'), Buffer.from(await play.arrayBuffer()));
  const probe = spawnSync('/usr/bin/ffprobe', ['-v', 'error', '-show_entries', 'stream=codec_name,width', '-of', 'csv=p=0', at('play.mp4')], { encoding: 'utf8' });
  assert.match(probe.stdout, /h264,640/);
  assert.match(probe.stdout, /aac/);
  assert.equal(film.seconds, 2);
  assert.ok(sizeOf(await bytesOf(film.thumb, techToken)));
  if (/media\.no_sandbox/.test(shop.log())) assert.match(shop.log(), /bubblewrap does not work here; ffmpeg runs under limits only/);
});

test('customers get pictures and films without the place where they were taken', async () => {
  const phone = await ready('phone.jpg'), film = await ready('film.mov');
  assert.ok((await bytesOf(`/files/${phone.id}`, techToken)).includes('Exif'), 'staff have the original');
  for (const path of [`/files/${phone.id}`, `/files/${phone.id}?as=play`, `/files/${phone.id}?as=thumb`]) {
    const r = await get(path, mineToken);
    assert.equal(r.status, 200, path);
    assert.equal(r.headers.get('content-type'), 'image/jpeg');
    const b = Buffer.from(await r.arrayBuffer());
    assert.ok(!b.includes('Exif'), path);
  }
  assert.ok((await bytesOf(`/files/${film.id}`, techToken)).includes('34.1201'), 'the sample does say its place');
  for (const path of [`/files/${film.id}`, `/files/${film.id}?as=play`]) {
    const r = await get(path, mineToken);
    assert.equal(r.headers.get('content-type'), 'video/mp4');
    assert.ok(!Buffer.from(await r.arrayBuffer()).includes('34.1201'), path);
  }
});

test('a film can be played from anywhere: ranges', async () => {
  const film = await ready('film.mov');
  const all = await bytesOf(film.play, mineToken);
  const part = await get(film.play, mineToken, { Range: 'bytes=1000-1999' });
  assert.equal(part.status, 206);
  assert.equal(part.headers.get('content-range'), `bytes 1000-1999/${all.length}`);
  assert.deepEqual(Buffer.from(await part.arrayBuffer()), all.subarray(1000, 2000));
  const end = await get(film.play, mineToken, { Range: 'bytes=-500' });
  assert.deepEqual(Buffer.from(await end.arrayBuffer()), all.subarray(-500));
  assert.equal((await get(film.play, mineToken, { Range: `bytes=${all.length}-` })).status, 416);
});

test('files are their customer’s alone, and internal ones the shop’s', async () => {
  const phone = await ready('phone.jpg');
  for (const as of ['', '?as=thumb', '?as=play', '?as=original']) {
    assert.equal((await get(`/files/${phone.id}${as}`, otherToken)).status, 404, as);
    assert.ok([401, 303].includes((await get(`/files/${phone.id}${as}`, null)).status), as);
  }
  assert.ok((await postForm([['files', readFileSync(at('plain.jpg')), 'secret.jpg'], ['internal', '1']])).status < 300);
  const secret = await ready('secret.jpg');
  assert.equal(secret.internal, true);
  for (const as of ['', '?as=thumb', '?as=play']) assert.equal((await get(`/files/${secret.id}${as}`, mineToken)).status, 404, as);
  assert.equal((await get(`/files/${secret.id}`, techToken)).status, 200);
  const page = await mine.get(`/portal/jobs/${job}`);
  assert.equal(page.status, 200);
  assert.match(JSON.stringify(page.body), /phone\.jpg/);
  assert.doesNotMatch(JSON.stringify(page.body), /secret\.jpg/);
  assert.equal((await fetch(`${shop.url}/protected/1/`)).status, 404);
});

test('the browser: 40 MB, the connection cut and back, several at once', { timeout: 120000 }, async () => {
  browser = await launch();
  const page = await open(browser, desktop);
  await signIn(page, shop, 'tech@demo.test');
  let puts = 0, cut = 0, whileOff = 0, offline = false;
  await page.route('**/uploads/**', async (route) => {
    if (route.request().method() === 'PUT') puts++;
    if (offline || (route.request().method() === 'PUT' && (puts === 3 || puts === 7))) {
      cut++;
      if (offline) whileOff++;
      await route.abort('connectionreset');
    } else await route.continue();
  });
  await page.goto(`${shop.url}/jobs/${job}/tasks/${task}`);
  const had = (await filesOf()).length;
  const form = page.locator('form[data-upload]').first();
  await form.evaluate((f) => { const d = f.closest('details'); if (d) d.open = true; });
  writeFileSync(at('second.mov'), Buffer.concat([readFileSync(at('large.mov')).subarray(0, -28e6)]));
  const head = readFileSync(at('second.mov'));
  head.writeUInt32BE(head.length - readFileSync(at('film.mov')).length, readFileSync(at('film.mov')).length);
  writeFileSync(at('second.mov'), head);
  await form.locator('input[type=file]').setInputFiles([at('large.mov'), at('second.mov'), at('plain.jpg')]);
  await page.evaluate(() => {
    window.seen = new Set();
    window.words = new Set();
    new MutationObserver(() => {
      for (const p of document.querySelectorAll('.uploads progress')) window.seen.add(`${p.id} ${p.value}`);
      for (const l of document.querySelectorAll('.uploads label')) window.words.add(l.textContent);
    }).observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true });
  });
  // Off for good after some pieces, until we are back.
  const reloaded = page.waitForEvent('load', { timeout: 90000 });
  await form.locator('button').click();
  await until('some pieces', () => puts >= 5, 30);
  offline = true;
  await until('tries while off', () => whileOff >= 3, 20);
  await page.locator('.uploads label', { hasText: 'It goes on by itself' }).first().waitFor();
  const rows = await page.locator('.uploads progress').count();
  assert.equal(rows, 3, 'a bar for each file');
  const moved = await page.evaluate(() => window.seen.size);
  assert.ok(moved >= 4, `the bars moved (${moved})`);
  offline = false;
  await page.evaluate(() => window.dispatchEvent(new Event('online')));
  await reloaded;
  const files = await filesOf();
  assert.equal(files.length, had + 3);
  assert.ok(cut >= 4);
  const sent = files.find((f) => f.name === 'second.mov');
  assert.ok((await bytesOf(`/files/${sent.id}`, techToken)).equals(readFileSync(at('second.mov'))));
  // What can't be shown is told in words.
  await page.locator('.photos', { hasText: 'damaged, cut off or far too large' }).first().waitFor({ state: 'attached' });
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test('without script the form sends files as any form does', async () => {
  const page = await open(browser, { ...desktop, javaScriptEnabled: false });
  await signIn(page, shop, 'tech@demo.test');
  await page.goto(`${shop.url}/jobs/${job}/tasks/${task}`);
  const had = (await filesOf()).length;
  await page.locator('form[data-upload] input[type=file]').first().setInputFiles([at('plain.jpg'), at('film.mov')]);
  await page.locator('form[data-upload] button').first().click();
  await page.waitForLoadState('load');
  assert.equal((await filesOf()).length, had + 2);
  await page.context().close();
});
