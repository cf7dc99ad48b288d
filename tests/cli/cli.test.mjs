// Each subcommand on instances in a temporary folder. No server runs here; tests/end-to-end and tests/abi talk to one.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const build = process.env.SW_BUILDDIR || join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'build');
const program = join(build, 'shopwright');
const place = mkdtempSync(join(tmpdir(), 'sw-cli-'));
after(() => rmSync(place, { recursive: true, force: true }));

function sw(args, options = {}) {
  const r = spawnSync(program, args, { encoding: 'utf8', timeout: 60000, env: { ...process.env, SHOPWRIGHT_HOME: join(place, 'home') }, ...options });
  return { status: r.status, out: r.stdout, err: r.stderr };
}
function ok(...args) {
  const r = sw(args);
  assert.equal(r.status, 0, `${args.join(' ')}: ${r.out}${r.err}`);
  return r.out;
}
function fails(status, pattern, ...args) {
  const r = sw(args);
  assert.equal(r.status, status, `${args.join(' ')}: ${r.out}${r.err}`);
  assert.match(r.err + r.out, pattern);
}

test('without a subcommand, and with a wrong one', () => {
  fails(2, /^Usage: shopwright SUBCOMMAND/);
  fails(2, /no subcommand launder/, 'launder');
  assert.match(ok('--help'), /doctor/);
  assert.match(ok('--version'), /^shopwright \d/);
});

test('before there is an instance, every subcommand says how to make one', () => {
  for (const c of [['serve'], ['check-config'], ['user', 'list'], ['token', 'a@b.test'], ['migrate'], ['plugin', 'list'], ['describe', 'routes'], ['verify'], ['nginx-config'], ['courier'], ['backup', join(place, 'x')]]) {
    fails(1, /shopwright init/, ...c);
  }
});

test('init makes an instance once, closed to others', () => {
  const out = ok('init', '--name', 'Quarry Road Garage', '--email', 'boss@quarry.test', '--port', '8099', '--zone', 'America/Denver');
  assert.match(out, /http:\/\/localhost:8099\/activate\/[\w-]{43}/);
  const home = join(place, 'home');
  assert.equal(statSync(home).mode & 0o007, 0);
  assert.equal(statSync(join(home, 'shopwright.conf')).mode & 0o007, 0);
  for (const d of ['store', 'blobs', 'rules', 'run', 'nginx', 'outbox']) assert.ok(statSync(join(home, d)).isDirectory(), d);
  const before = readFileSync(join(home, 'shopwright.conf'), 'utf8');
  fails(1, /already; nothing was changed/, 'init', '--demo');
  assert.equal(readFileSync(join(home, 'shopwright.conf'), 'utf8'), before);
  fails(2, /zone Mars\/Olympus is not known/, 'init', '--home', join(place, 'h2'), '--zone', 'Mars/Olympus');
  fails(2, /--port must be/, 'init', '--home', join(place, 'h2'), '--port', '99999');
  fails(2, /--base-url must start/, 'init', '--home', join(place, 'h2'), '--base-url', 'shop.test');
  assert.ok(!existsSync(join(place, 'h2')));
});

test('check-config reads what a worker reads', () => {
  assert.match(ok('check-config'), /is right/);
  const conf = join(place, 'home', 'shopwright.conf');
  const good = readFileSync(conf, 'utf8');
  appendFileSync(conf, '\n[wbe]\nport = 1\n');
  fails(1, /shopwright\.conf:\d+: \[wbe\] port: no plugin of this instance is called wbe/, 'check-config');
  writeFileSync(conf, good.replace('port = 8099', 'port = eighty'));
  fails(1, /\[web\] port must be a whole number from 1 to 65535, not "eighty"/, 'check-config');
  writeFileSync(conf, good);
});

test('user: list, add, link, disable, enable', () => {
  assert.match(ok('user', 'list'), /^boss@quarry\.test\tAdministrator\tadvisor,admin\tinvited$/m);
  assert.match(ok('user', 'add', 'Ana@Quarry.test', '--name', 'Ana', '--licences', 'advisor,technician'), /\/activate\//);
  const added = sw(['user', 'add', 'tim@quarry.test', '--name', 'Tim', '--licences', 'technician', '--password-stdin'], { input: 'a long enough one\n' });
  assert.equal(added.status, 0, added.err);
  assert.match(ok('user', 'list'), /^ana@quarry\.test\tAna\tadvisor,technician\tinvited$/m);
  assert.match(ok('user', 'list'), /^tim@quarry\.test\tTim\ttechnician\tactive$/m);
  assert.match(ok('user', 'link', 'tim@quarry.test'), /\/reset\//);
  ok('user', 'disable', 'tim@quarry.test');
  fails(1, /disabled already/, 'user', 'disable', 'tim@quarry.test');
  assert.match(ok('user', 'list'), /^tim@quarry\.test\tTim\ttechnician\tdisabled$/m);
  fails(1, /no access|disabled/i, 'token', 'tim@quarry.test');
  ok('user', 'enable', 'tim@quarry.test');
  fails(1, /Nobody in this shop signs in as nobody@x\.test/, 'user', 'link', 'nobody@x.test');
  fails(2, /portal can't be combined/, 'user', 'add', 'x@y.test', '--name', 'X', '--licences', 'portal,admin');
  fails(2, /licences are portal/, 'user', 'add', 'x@y.test', '--name', 'X', '--licences', 'boss');
  fails(2, /--customer goes with/, 'user', 'add', 'x@y.test', '--name', 'X', '--licences', 'portal');
  const short = sw(['user', 'add', 'x@y.test', '--name', 'X', '--licences', 'admin', '--password-stdin'], { input: 'short\n' });
  assert.equal(short.status, 1);
  assert.match(short.err, /10 to 200 characters/);
});

test('token prints one, and only for who is there', () => {
  assert.match(ok('token', 'tim@quarry.test'), /^swt_[\w-]{20,}$/m);
  fails(1, /Nobody signs in as/, 'token', 'ghost@quarry.test');
  fails(2, /say whose token/, 'token');
});

test('plugin and describe', () => {
  assert.match(ok('plugin', 'list'), /^workorder\t[\d.]+\t\S*customers/m);
  const routes = JSON.parse(ok('describe', 'routes'));
  assert.ok(routes.some((r) => r.method === 'POST' && r.path === '/login' && r.flags.includes('slow')));
  for (const r of routes) assert.ok(r.who.length > 0, `${r.path} states who may call it`);
  const records = JSON.parse(ok('describe', 'records'));
  const user = records.find((r) => r.name === 'core.user');
  assert.ok(user.fields.find((f) => f.name === 'password').flags.includes('secret'));
  fails(2, /say routes or records/, 'describe', 'everything');
});

test('nginx-config comes from the routes, and nginx takes it', () => {
  ok('nginx-config', '--port', '8123');
  const file = join(place, 'home', 'nginx', 'nginx.conf');
  const text = readFileSync(file, 'utf8');
  assert.match(text, /listen 127\.0\.0\.1:8123/);
  assert.match(text, /"~\^POST \/login\/\?\$" sw_slow;/);
  assert.match(text, /location ~ "\^\/jobs\/\[\^\/\]\+\/tasks\/\[\^\/\]\+\/files\/\?\$" \{\s+auth_request \/upload-check;\s+client_max_body_size 33m;/);
  assert.match(text, /"~\^\/activate\/\[\^\/\]\+" "\/activate\/\*";/);
  assert.doesNotMatch(text, /@[A-Z_]+@/);
  const nginx = spawnSync('/usr/sbin/nginx', ['-t', '-p', dirname(file), '-c', file, '-e', join(place, 'nginx.err')], { encoding: 'utf8' });
  assert.equal(nginx.status, 0, nginx.stderr);
  const conf = join(place, 'home', 'shopwright.conf');
  const good = readFileSync(conf, 'utf8');
  appendFileSync(conf, '\n[nginx]\nstaff_rate = many\n');
  fails(1, /staff_rate and login_rate are "off"/, 'nginx-config');
  writeFileSync(conf, `${good}\n[nginx]\nserver_name = a;b\n`);
  fails(1, /may only have letters/, 'nginx-config');
  writeFileSync(conf, good);
});

test('verify, migrate, doctor', () => {
  assert.match(ok('verify'), /^shop 0: \d+ events, no fault\nshop 1: \d+ events, no fault\n$/);
  fails(1, /no such shop/, 'verify', '--shop', '7');
  assert.match(ok('migrate', '--dry-run'), /up to date/);
  const doctor = sw(['doctor']);
  assert.match(doctor.out, /^WRONG {2}mail/m); // this instance has no mail server yet
  rmSync(join(place, 'home', 'outbox'), { recursive: true });
  assert.match(sw(['doctor']).out, /^WRONG {2}outbox .*is not there/m);
});

test('backup, and restore with its proof', () => {
  const copy = join(place, 'copy'), again = join(place, 'again');
  ok('backup', copy);
  fails(1, /already|not empty/, 'backup', copy);
  assert.match(ok('restore', copy, '--home', again), /Restored to .*: \d+ events, no fault/);
  const users = (home) => ok('user', 'list', '--home', home);
  assert.equal(users(again), users(join(place, 'home')));
  fails(1, /is there already/, 'restore', copy, '--home', again);
  fails(1, /is no backup/, 'restore', place, '--home', join(place, 'nothing'));

  // One byte of a record's text, changed in the copy's file, is found.
  const data = join(copy, 'store', 'data.mdb');
  const bytes = readFileSync(data);
  let changed = 0;
  for (let at = bytes.indexOf('Tim'); at >= 0; at = bytes.indexOf('Tim', at + 1)) { bytes.write('Tom', at); changed++; }
  assert.ok(changed > 0);
  writeFileSync(data, bytes);
  const broken = join(place, 'broken');
  const r = sw(['restore', copy, '--home', broken]);
  assert.equal(r.status, 1, r.out);
  assert.match(r.out, /core\.member \d+ version \d+/);
  assert.ok(!existsSync(broken) && !existsSync(`${broken}.part`));
  assert.deepEqual(readdirSync(place).filter((f) => f.endsWith('.part')), []);
});
