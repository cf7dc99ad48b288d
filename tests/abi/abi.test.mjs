// Builds the plugin in hello/ out of tree against an installed Shopwright, loads it, and talks to it.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const build = process.env.SW_BUILDDIR || join(here, '..', '..', 'build');
const place = mkdtempSync(join(tmpdir(), 'sw-abi-'));
const root = join(place, 'root');
const home = join(place, 'home');
const plugins = join(place, 'plugins');
const children = [];
let program, env, prefix;

function run(command, args, options = {}) {
  const r = spawnSync(command, args, { encoding: 'utf8', timeout: 120000, ...options });
  return { status: r.status, out: r.stdout ?? '', err: r.stderr ?? String(r.error) };
}
function must(command, args, options) {
  const r = run(command, args, options);
  assert.equal(r.status, 0, `${command} ${args.join(' ')}: ${r.out}${r.err}`);
  return r.out;
}
const shopwright = (...args) => run(program, args, { env });

function freePort() {
  return new Promise((resolve) => {
    const s = createServer().listen(0, '127.0.0.1', () => {
      const { port } = s.address();
      s.close(() => resolve(port));
    });
  });
}
async function until(what, condition, seconds = 20) {
  for (const end = Date.now() + seconds * 1000; ;) {
    const v = await condition();
    if (v) return v;
    if (Date.now() > end) throw new Error(`waited ${seconds} s in vain for ${what}`);
    await new Promise((r) => setTimeout(r, 50));
  }
}

before(() => {
  must('make', ['-s', '-C', build, 'install', `DESTDIR=${root}`]);
  const pc = must('find', [root, '-name', 'shopwright.pc']).trim();
  assert.ok(pc, 'make install brings shopwright.pc');
  program = must('find', [root, '-path', '*/bin/shopwright', '-type', 'f']).trim();
  prefix = dirname(dirname(program));
  env = { ...process.env, SHOPWRIGHT_HOME: home, PKG_CONFIG_PATH: dirname(pc), PKG_CONFIG_SYSROOT_DIR: root, SHOPWRIGHT_PREFIX: '' };
});

after(async () => {
  for (const c of children.reverse()) {
    if (c.exitCode !== null) continue;
    c.kill('SIGTERM');
    await new Promise((r) => c.once('exit', r));
  }
  rmSync(place, { recursive: true, force: true });
});

test('each public header compiles alone, as C and as C++', () => {
  const folder = join(prefix, 'include', 'shopwright');
  const headers = readdirSync(folder);
  assert.ok(headers.includes('plugin.h'));
  for (const h of headers) {
    for (const [cc, std] of [['gcc', 'c11'], ['clang', 'c11'], ['g++', 'c++17']]) {
      if (run(cc, ['--version']).status !== 0) continue;
      const lang = std.startsWith('c++') ? 'c++' : 'c';
      const r = run(cc, [`-std=${std}`, '-x', lang, '-Wall', '-Wextra', '-Werror', '-fsyntax-only', `-I${join(prefix, 'include')}`, '-'],
        { input: `#include <shopwright/${h}>\nint main(void) { return 0; }\n` });
      assert.equal(r.status, 0, `${cc} ${h}: ${r.err}`);
    }
  }
});

test('a plugin builds out of tree with pkg-config alone', () => {
  const work = join(place, 'work');
  cpSync(join(here, 'hello'), work, { recursive: true });
  must('make', ['-s', '-C', work, 'install', `DESTDIR=${plugins}`], { env });
  assert.ok(existsSync(join(plugins, 'hello', 'hello.so')));
});

test('the installed program runs the instance with it', async () => {
  const port = await freePort();
  must(program, ['init', '--demo', '--port', String(port), '--plugins', 'customers accounts hello', '--plugin-path', plugins], { env });
  assert.match(must(program, ['plugin', 'list'], { env }), /^hello\t1\.0\t\tSays hello$/m);
  assert.match(must(program, ['check-config'], { env }), /is right/);
  const log = join(place, 'serve.log');
  const pool = spawn('sh', ['-c', `exec "${program}" serve --home "${home}" 2>"${log}"`], { env, stdio: 'ignore' });
  children.push(pool);
  await until('the pool', () => {
    assert.equal(pool.exitCode, null, existsSync(log) ? readFileSync(log, 'utf8') : 'the pool ended');
    return existsSync(join(home, 'run', 'ready'));
  });
  must(program, ['nginx-config'], { env });
  const nginx = spawn('/usr/sbin/nginx', ['-p', join(home, 'nginx'), '-c', join(home, 'nginx', 'nginx.conf'), '-g', 'daemon off;'], { env, stdio: 'ignore' });
  children.push(nginx);
  const url = `http://localhost:${port}`;
  await until('nginx', () => fetch(`${url}/health`).then((r) => r.ok, () => false));

  const plain = await fetch(`${url}/hello`);
  assert.equal(plain.status, 200);
  assert.equal(await plain.text(), 'hello from another folder\n');

  const token = must(program, ['token', 'advisor@demo.test'], { env }).trim();
  const headers = { Authorization: `Bearer ${token}`, Accept: 'application/json', 'Content-Type': 'application/json' };
  const made = await fetch(`${url}/hello`, { method: 'POST', headers, body: JSON.stringify({ text: 'Good <morning>' }) });
  assert.equal(made.status, 201, await made.clone().text());
  const { location } = await made.json();
  const shown = await fetch(url + location, { headers });
  assert.equal(shown.status, 200);
  const body = await shown.json();
  assert.equal(body.text, 'Good <morning>');
  assert.equal(body.writes, false);
  const page = await fetch(url + location, { headers: { Authorization: headers.Authorization, Accept: 'text/html' } });
  assert.match(await page.text(), /<h1>Good &lt;morning&gt;<\/h1>/);

  const wrong = await fetch(`${url}/hello`, { method: 'POST', headers, body: JSON.stringify({ text: 'x'.repeat(61) }) });
  assert.equal(wrong.status, 422);
  assert.match((await wrong.json()).error.fields.text, /60/);
  assert.equal((await fetch(`${url}/hello`, { method: 'POST', headers: { Accept: 'application/json', 'Content-Type': 'application/json' }, body: '{}' })).status, 401);

  const api = await (await fetch(`${url}/openapi.json`, { headers })).json();
  assert.ok(Object.keys(api.paths).some((p) => p.startsWith('/hello/')), 'OpenAPI names the new route');
});

function build_variant(name, source, flags) {
  const folder = join(place, 'bad', name);
  mkdirSync(folder, { recursive: true });
  const file = join(place, `${name}.c`);
  writeFileSync(file, source);
  const cflags = must('pkg-config', ['--cflags', 'shopwright'], { env }).trim().split(/\s+/);
  must('gcc', ['-std=c11', '-fPIC', '-shared', '-fvisibility=hidden', ...cflags, ...flags, '-o', join(folder, `${name}.so`), file]);
}
const table = (name, more) => `#include <shopwright/plugin.h>
SW_PLUGIN_EXPORT const struct sw_plugin sw_plugin = { SW_PLUGIN_HEAD, .name = "${name}", .version = "1", .summary = "x", ${more} };`;

test('a plugin of another ABI, and plugins in a circle, are refused with a sentence', () => {
  build_variant('future', table('future', '').replace('SW_PLUGIN_HEAD,', '.struct_size = sizeof(struct sw_plugin), .abi = SW_ABI + 1,'), []);
  build_variant('east', table('east', '.needs = (const char *const[]){"west", NULL},'), []);
  build_variant('west', table('west', '.needs = (const char *const[]){"east", NULL},'), []);
  const other = join(place, 'other');
  const init = (names) => run(program, ['init', '--home', other, '--plugins', names, '--plugin-path', join(place, 'bad')], { env });
  let r = init('future');
  assert.equal(r.status, 1);
  assert.match(r.err, /Plugin future was built for version 2 of the plugin interface, this program has version 1/);
  r = init('east west');
  assert.equal(r.status, 1);
  assert.match(r.err, /in a circle: east → west → east/);
  r = init('nothing');
  assert.equal(r.status, 1);
  assert.match(r.err, /There is no plugin nothing/);
});

test('make uninstall leaves nothing behind', () => {
  must('make', ['-s', '-C', build, 'uninstall', `DESTDIR=${root}`]);
  assert.equal(must('find', [root, '-type', 'f']).trim(), '');
});
