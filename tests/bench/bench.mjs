// `make bench`: measures the figures of README.md and prints one line each: NAME VALUE UNIT goal OP NUMBER. What it does meanwhile goes to stderr.
// BENCH=NAME runs only what that figure needs. BENCH_ROUNDS (5) and BENCH_SECONDS (2, of one measurement) change the length; with BENCH_SOAK the memory
// figures come after so many seconds more.
import { spawn, spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, openSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { cpus, loadavg } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const build = process.env.SW_BUILDDIR || join(here, '..', '..', 'build');
const tools = join(build, 'tests', 'bench');
const place = join(tools, 'run');
const rounds = Math.max(1, Number(process.env.BENCH_ROUNDS || 5));
const seconds = Number(process.env.BENCH_SECONDS || 2);
const only = process.env.BENCH || '';
const env = { ...process.env, SHOPWRIGHT_PREFIX: build };
const started = Date.now();

const goals = [
  ['job-page/ceiling', 'ratio', '>=', 0.7], ['job-page-304/ceiling', 'ratio', '>=', 0.9], ['job-page-p99/ceiling-p99', 'ratio', '<=', 3],
  ['job-page-200k/job-page-200', 'ratio', '>=', 0.9], ['sign-64/sign-1', 'ratio', '>=', 3], ['sign-64/fdatasync', 'ratio', '>=', 0.5],
  ['sign-lost', 'count', '<=', 0], ['job-page/php', 'ratio', '>=', 4], ['cold-start-ms', 'ms', '<=', 300], ['worker-mb', 'MB', '<=', 20],
  ['worker-growth-mb', 'MB', '<=', 1],
];
if (only && !goals.some(([name]) => name === only)) {
  console.error(`bench: there is no figure ${only}; there are ${goals.map(([name]) => name).join(' ')}`);
  process.exit(2);
}
const wanted = (...names) => !only || names.includes(only);

// ---- Processes: everything that was started here ends with us

const children = new Set();
const say = (text) => console.error(`bench: ${((Date.now() - started) / 1000).toFixed(0)} s: ${text}`);
const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function start(home, program, args, options = {}) {
  const log = openSync(join(home, 'bench.log'), 'a');
  const child = spawn(program, args, { stdio: ['ignore', log, log], env, ...options });
  children.add(child);
  child.ended = new Promise((resolve) => child.once('exit', () => { children.delete(child); resolve(); }));
  return child;
}
async function stop(child, signal = 'SIGTERM') {
  if (!child || !children.has(child)) return;
  child.kill(signal);
  const late = setTimeout(() => child.kill('SIGKILL'), 10000);
  await child.ended;
  clearTimeout(late);
}
process.on('exit', () => { for (const child of children) child.kill('SIGKILL'); });
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

function run(program, args, options = {}) {
  const r = spawnSync(program, args, { encoding: 'utf8', maxBuffer: 1 << 30, env, ...options });
  if (r.status !== 0) throw new Error(`${program} ${args.join(' ')}: ${r.error || r.signal || r.status}\n${r.stderr}`);
  return r.stdout;
}
const has = (program) => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
const findProgram = (names) => names.find((name) => existsSync(name)) || names.find(has);
const nginx = findProgram(['/usr/sbin/nginx', 'nginx']);
const phpFpm = findProgram([...readdirSync('/usr/sbin').filter((name) => name.startsWith('php-fpm')).map((name) => `/usr/sbin/${name}`), 'php-fpm']);

const freePort = () => new Promise((resolve) => {
  const server = createServer().listen(0, '127.0.0.1', () => {
    const { port } = server.address();
    server.close(() => resolve(port));
  });
});
const numbers = (line) => Object.fromEntries([...line.matchAll(/(\w+)=([\d.]+)/g)].map(([, name, value]) => [name, Number(value)]));

// ---- Instances

const program = join(build, 'shopwright');
async function instance(name, settings = '') {
  const home = join(place, name), port = await freePort();
  rmSync(home, { recursive: true, force: true });
  mkdirSync(home, { recursive: true });
  run(program, ['init', '--home', home, '--demo', '--port', String(port)]);
  appendFileSync(join(home, 'shopwright.conf'), `\n[nginx]\nstaff_rate = off\nlogin_rate = off\n${settings}`);
  run(program, ['nginx-config', '--home', home]);
  return { home, port, list: join(home, 'list') };
}
function fill(shop, jobs, full, sign) {
  writeFileSync(shop.list, run(join(tools, 'fill'), [shop.home, String(jobs), String(full), String(sign)]));
  if (!readFileSync(shop.list, 'utf8').includes(' ')) throw new Error(`${shop.home} was not filled`);
}
async function until(what, condition) {
  for (let i = 0; i < 3000; i++) {
    if (await condition()) return;
    await sleep(10);
  }
  throw new Error(`waited in vain for ${what}`);
}
async function front(shop) {
  shop.nginx = start(shop.home, nginx, ['-p', join(shop.home, 'nginx'), '-c', join(shop.home, 'nginx', 'nginx.conf'), '-e', join(shop.home, 'nginx', 'error.log'), '-g', 'daemon off;']);
  await until(`nginx of ${shop.home}`, () => existsSync(join(shop.home, 'nginx', 'nginx.pid')));
}
async function serve(shop) {
  rmSync(join(shop.home, 'run', 'ready'), { force: true });
  shop.pool = start(shop.home, program, ['serve', '--home', shop.home]);
  await until(`the pool of ${shop.home}`, () => {
    if (!children.has(shop.pool)) throw new Error(`the pool ended:\n${readFileSync(join(shop.home, 'bench.log'), 'utf8').slice(-2000)}`);
    return existsSync(join(shop.home, 'run', 'ready'));
  });
}
async function leave(...shops) {
  for (const shop of shops) {
    await stop(shop?.pool);
    await stop(shop?.nginx, 'SIGQUIT');
  }
}
const client = (args, list) => run(join(tools, 'client'), args.map(String), { input: list });
const lines = (shop, kind) => readFileSync(shop.list, 'utf8').split('\n').filter((line) => line.startsWith(kind));

// The answer of one page, as `curl -si` writes it.
async function onePage(shop, headers = {}) {
  const [, job, cookie] = lines(shop, 'page')[0].split(' ');
  const answer = await fetch(`http://127.0.0.1:${shop.port}/portal/jobs/${job}`, { headers: { Cookie: `sw=${cookie}`, Accept: 'text/html', ...headers } });
  const body = await answer.text();
  if (answer.status !== 200) throw new Error(`the job page of ${shop.home} answered ${answer.status}`);
  const head = [...answer.headers].filter(([name]) => !['transfer-encoding', 'connection', 'content-length'].includes(name));
  return { text: `HTTP/1.1 200 OK\r\n${head.map(([name, value]) => `${name}: ${value}`).join('\r\n')}\r\n\r\n${body}`, body };
}

// ---- Load

function load(port, list, length = seconds) {
  const out = run('wrk', ['-t1', '-c32', `-d${length}`, '-s', join(here, 'load.lua'), `http://127.0.0.1:${port}`], { env: { ...env, LIST: list } });
  const x = numbers(out.split('\n').find((line) => line.startsWith('wrk ')));
  if (x.errors || !x.requests) throw new Error(`${x.errors} of ${x.requests} requests failed at port ${port}`);
  return { ...x, rate: x.requests / x.seconds };
}
// The pages' ETags hold for a minute of the clock at most: get them at its beginning.
async function withEtags(shop, use) {
  const rest = 60000 - (Date.now() % 60000);
  if (rest < (seconds + 3) * 1000) await sleep(rest + 50);
  const list = `${shop.list}.etags`;
  writeFileSync(list, client(['etags', shop.port, 16], lines(shop, 'page').join('\n')));
  return use(list);
}

const values = new Map();
const figure = (name, value) => { if (!only || name === only) values.set(name, value); };

// ---- The job page, its 304, PHP's page, each against the ceiling

async function php(shop) {
  const dir = await instance('php');
  const json = [];
  for (const line of lines(shop, 'page')) {
    const [, job, cookie] = line.split(' ');
    const answer = await fetch(`http://127.0.0.1:${shop.port}/portal/jobs/${job}`, { headers: { Cookie: `sw=${cookie}`, Accept: 'application/json' } });
    json.push((await answer.text()).trim());
  }
  const { body } = await onePage(shop), main = body.indexOf('<main'), after = body.indexOf('</main>');
  writeFileSync(join(dir.home, 'head.html'), body.slice(0, body.indexOf('>', main) + 2));
  writeFileSync(join(dir.home, 'foot.html'), body.slice(after));
  run('php', [join(here, 'php', 'fill.php'), join(dir.home, 'job.sqlite'), shop.list], { input: json.join('\n') + '\n' });
  writeFileSync(join(dir.home, 'fpm.conf'), `[global]\ndaemonize = no\nerror_log = ${dir.home}/fpm.log\n[www]\nlisten = ${dir.home}/run/read.sock\n`
    + `listen.backlog = 1024\npm = static\npm.max_children = ${cpus().length}\nphp_admin_value[opcache.enable] = 1\nphp_admin_value[opcache.validate_timestamps] = 0\n`);
  // A PHP worker that a kept connection holds answers nobody else: no keep-alive here.
  const conf = join(dir.home, 'nginx', 'nginx.conf');
  writeFileSync(conf, readFileSync(conf, 'utf8').replace(/keepalive 64; keepalive_requests 1000000; keepalive_timeout 300s;/g, '').replace('fastcgi_keep_conn on;',
    `fastcgi_keep_conn off;\n        fastcgi_param SCRIPT_FILENAME ${join(here, 'php', 'job.php')};\n        fastcgi_param BENCH_DIR ${dir.home};`));
  const root = process.getuid() === 0 ? ['-R'] : [];
  dir.pool = start(dir.home, phpFpm, ['-F', '-n', '-d', 'extension=pdo.so', '-d', 'extension=pdo_sqlite.so', '-d', 'zend_extension=opcache.so', '-y', join(dir.home, 'fpm.conf'), ...root]);
  await until('php-fpm', () => existsSync(join(dir.home, 'run', 'read.sock')));
  await front(dir);
  dir.list = shop.list;
  const page = await onePage(dir);
  if (Math.abs(page.body.length - body.length) > body.length / 50) throw new Error(`PHP's page has ${page.body.length} bytes, ours ${body.length}`);
  return dir;
}

async function pages() {
  const both = wanted('job-page/ceiling', 'job-page-p99/ceiling-p99'), same = wanted('job-page-304/ceiling'), withPhp = wanted('job-page/php');
  if (!both && !same && !withPhp && !wanted('worker-mb', 'worker-growth-mb', 'cold-start-ms')) return;
  const shop = await instance('shop');
  fill(shop, 1000, 1000, 0);
  await front(shop);
  await serve(shop);
  const ceiling = await instance('ceiling');
  writeFileSync(join(ceiling.home, 'page'), (await onePage(shop)).text);
  ceiling.pool = start(ceiling.home, join(tools, 'ceiling'), [join(ceiling.home, 'run', 'read.sock'), String(cpus().length), join(ceiling.home, 'page')]);
  await until('the ceiling', () => existsSync(join(ceiling.home, 'run', 'read.sock')));
  await front(ceiling);
  const other = withPhp && phpFpm && has('php') ? await php(shop) : null;
  const r = { page: [], same: [], p99: [], php: [] };
  for (const warm of [shop, ceiling, other]) if (warm) load(warm.port, shop.list, 1);
  for (let i = 0; i < rounds && (both || same || withPhp); i++) {
    const page = load(shop.port, shop.list);
    if (both) {
      const top = load(ceiling.port, shop.list);
      r.page.push(page.rate / top.rate);
      r.p99.push(page.p99 / top.p99);
      say(`job page ${page.rate.toFixed(0)}/s of ${page.bytes} bytes, p99 ${page.p99.toFixed(1)} ms; ceiling ${top.rate.toFixed(0)}/s of ${top.bytes} bytes, p99 ${top.p99.toFixed(1)} ms`);
    }
    if (other) {
      const x = load(other.port, shop.list);
      r.php.push(page.rate / x.rate);
      say(`PHP ${x.rate.toFixed(0)}/s of ${x.bytes} bytes`);
    }
    if (same) await withEtags(shop, (list) => {
      const x = load(shop.port, list), y = load(ceiling.port, list);
      if (x.bytes > 2000) throw new Error(`an unchanged page took ${x.bytes} bytes`);
      r.same.push(x.rate / y.rate);
      say(`job page unchanged ${x.rate.toFixed(0)}/s, ceiling ${y.rate.toFixed(0)}/s`);
    });
  }
  await leave(ceiling, other);
  if (both) figure('job-page/ceiling', median(r.page));
  if (same) figure('job-page-304/ceiling', median(r.same));
  if (both) figure('job-page-p99/ceiling-p99', median(r.p99));
  if (other) figure('job-page/php', median(r.php));
  if (wanted('worker-mb', 'worker-growth-mb')) memory(shop);
  await stop(shop.pool);
  if (wanted('cold-start-ms')) {
    const times = [];
    for (let i = 0; i < rounds; i++) {
      shop.pool = start(shop.home, program, ['serve', '--home', shop.home]);
      times.push(numbers(client(['get', shop.port, 20], lines(shop, 'page')[0])).ms);
      await until('the pool', () => existsSync(join(shop.home, 'run', 'ready')));
      await stop(shop.pool);
      rmSync(join(shop.home, 'run', 'ready'), { force: true });
    }
    say(`first page after ${times.map((ms) => ms.toFixed(0)).join(' ')} ms`);
    figure('cold-start-ms', median(times));
  }
  await leave(shop);
}

// Bytes that are the process's own: private pages, without those of the store's map.
function ownBytes(pid) {
  let own = 0, map = false;
  for (const line of readFileSync(`/proc/${pid}/smaps`, 'utf8').split('\n')) {
    if (/^[0-9a-f]+-[0-9a-f]+ /.test(line)) map = line.endsWith('.mdb');
    const kb = /^Private_(?:Clean|Dirty): +(\d+) kB/.exec(line);
    if (kb && !map) own += Number(kb[1]) * 1024;
  }
  return own;
}
const workers = (shop, pool) => [...readFileSync(join(shop.home, 'bench.log'), 'utf8').matchAll(/event=worker.started pool=(\w+) pid=(\d+)/g)]
  .filter(([, kind, pid]) => kind === pool && existsSync(`/proc/${pid}`)).map(([, , pid]) => Number(pid));

function memory(shop) {
  const look = () => Math.max(...workers(shop, 'read').map(ownBytes)) / 1e6;
  let done = 0;
  const more = (n) => { while (done < n) done += load(shop.port, shop.list).requests; };
  more(20000);
  const early = look();
  more(100000 * cpus().length); // 100,000 to each worker
  for (const end = Date.now() + Number(process.env.BENCH_SOAK || 0) * 1000; Date.now() < end;) more(done + 1);
  say(`a worker's own memory: ${early.toFixed(1)} MB, then ${look().toFixed(1)} MB after ${done} requests of ${cpus().length} workers`);
  figure('worker-mb', look());
  figure('worker-growth-mb', look() - early);
}

// ---- A large store against a small one

async function sizes() {
  if (!wanted('job-page-200k/job-page-200')) return;
  const small = await instance('small'), large = await instance('large');
  // As many pages are visited in both, spread over the whole of the large one: else what differed would be how much of a store is in use.
  fill(small, 200, 200, 0);
  say('filling 200,000 work orders');
  fill(large, 200000, 200, 0);
  say(`the large store has ${(statSync(join(large.home, 'store', 'data.mdb')).size / 1e6).toFixed(0)} MB`);
  for (const shop of [small, large]) {
    await front(shop);
    await serve(shop);
    load(shop.port, shop.list, 1);
  }
  const r = [];
  for (let i = 0; i < rounds; i++) {
    const a = load(small.port, small.list), b = load(large.port, large.list);
    r.push(b.rate / a.rate);
    say(`200 work orders ${a.rate.toFixed(0)}/s of ${a.bytes} bytes, 200,000 ${b.rate.toFixed(0)}/s of ${b.bytes} bytes`);
  }
  await leave(small, large);
  figure('job-page-200k/job-page-200', median(r));
}

// ---- Signing

async function signing() {
  if (!wanted('sign-64/sign-1', 'sign-64/fdatasync', 'sign-lost')) return;
  const many = 2000, few = 300;
  // The courier would draw the signed documents meanwhile: that is measured by nobody here, so it stays away.
  const shop = await instance('signing', '\n[pool]\ncourier = no\n');
  fill(shop, 0, 0, rounds * (many + few)); // each is signed once
  await front(shop);
  await serve(shop);
  const token = run(program, ['token', 'advisor@demo.test', '--home', shop.home]).trim();
  const jobs = lines(shop, 'sign');
  say(numbersSay(client(['ask', shop.port, 64, token], jobs.join('\n'))));
  const r = { one: [], disk: [] };
  let lost = 0;
  for (let i = 0; i < rounds; i++) {
    const alone = numbers(client(['sign', shop.port, 1], jobs.splice(0, few).join('\n')));
    const all = numbers(client(['sign', shop.port, 64], jobs.splice(0, many).join('\n')));
    const disk = numbers(client(['flush', join(shop.home, 'flush'), 1], ''));
    if (alone.odd || all.odd) throw new Error(`${alone.odd + all.odd} signings were refused`);
    const rate = (x) => x.signed / x.seconds, flushes = disk.flushes / disk.seconds;
    lost += alone.lost + all.lost;
    r.one.push(rate(all) / rate(alone));
    r.disk.push(rate(all) / flushes);
    say(`signings: one client ${rate(alone).toFixed(0)}/s, 64 clients ${rate(all).toFixed(0)}/s, ${all.lost + alone.lost} lost; 4 KB + fdatasync ${flushes.toFixed(0)}/s`);
  }
  say(`verify: ${run(program, ['verify', '--home', shop.home]).trim().split('\n').pop()}`);
  await leave(shop);
  figure('sign-64/sign-1', median(r.one));
  figure('sign-64/fdatasync', median(r.disk));
  figure('sign-lost', lost);
}
const numbersSay = (text) => text.trim();

// ---- All

for (const need of ['wrk', nginx]) if (!need || !has(need)) {
  console.error('bench: nginx and wrk are needed (apt-get install nginx-light wrk); PHP\'s figure needs php-fpm, php-sqlite3 and php-cli');
  process.exit(1);
}
rmSync(place, { recursive: true, force: true });
mkdirSync(place, { recursive: true });
say(`${cpus().length} × ${cpus()[0].model}; load ${loadavg()[0].toFixed(1)}; ${rounds} rounds of ${seconds} s`);
try {
  await pages();
  await sizes();
  await signing();
} catch (e) {
  console.error(`bench: ${e.stack}`);
  process.exitCode = 1;
}
for (const child of [...children]) await stop(child);
let missed = 0;
for (const [name, unit, op, goal] of goals) {
  if (!values.has(name)) continue;
  const v = values.get(name), text = unit === 'count' ? String(v) : unit === 'ms' ? v.toFixed(0) : v.toFixed(2);
  missed += op === '>=' ? v < goal : v > goal;
  console.log(`${name} ${text} ${unit} goal ${op} ${goal}`);
}
if (!only && process.exitCode !== 1 && !values.has('job-page/php')) console.error('bench: job-page/php was left out: there is no php-fpm here');
rmSync(place, { recursive: true, force: true });
say(`${missed} of ${values.size} missed their goal`);
