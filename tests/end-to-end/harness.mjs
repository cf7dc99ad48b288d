// An instance of its own for a test: a home in a temporary folder, the pool, nginx in front, a browser. Everything stops by itself.
//
// Where the build is: SW_BUILDDIR (default: build/ beside the sources). Nothing listens but on 127.0.0.1.
import { spawn, spawnSync } from 'node:child_process';
import { createServer } from 'node:net';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, appendFileSync, openSync, chmodSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createRequire } from 'node:module';

const here = dirname(fileURLToPath(import.meta.url));
export const source = join(here, '..', '..');
export const build = process.env.SW_BUILDDIR || join(source, 'build');
export const program = join(build, 'shopwright');
export const password = 'demo-shop-please-change';

export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

// Poll a condition that another process brings about; the value it returns, or an error after `seconds`.
export async function until(what, condition, seconds = 20) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (Date.now() > end) throw new Error(`waited ${seconds} s in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function gone(child) {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => child.once('exit', resolve));
}

async function stopChild(child, signal = 'SIGTERM', seconds = 15) {
  if (!child) return;
  child.kill(signal);
  const late = setTimeout(() => child.kill('SIGKILL'), seconds * 1000);
  await gone(child);
  clearTimeout(late);
}

// options: settings (text added to shopwright.conf), demo (default true), env
export async function startShop(options = {}) {
  const home = mkdtempSync(join(tmpdir(), 'sw-e2e-'));
  chmodSync(home, 0o755);
  const port = await freePort();
  const url = `http://localhost:${port}`;
  const env = { ...process.env, SHOPWRIGHT_HOME: home, ...options.env };
  const shop = { home, port, url, env };

  shop.cli = (...args) => {
    const r = spawnSync(program, args, { env, encoding: 'utf8', timeout: 60000 });
    if (r.status !== 0) throw new Error(`shopwright ${args.join(' ')}: exit ${r.status}\n${r.stdout}${r.stderr}`);
    return r.stdout;
  };
  shop.cliStatus = (...args) => spawnSync(program, args, { env, encoding: 'utf8', timeout: 60000 });
  const first = ['init', '--port', String(port), '--base-url', url, '--name', 'Harbor Street Repair'];
  shop.initOutput = shop.cli(...first, ...(options.demo === false ? ['--email', 'owner@harborstreet.test'] : ['--demo']));
  if (options.settings) appendFileSync(join(home, 'shopwright.conf'), options.settings);

  shop.startPool = async () => {
    rmSync(join(home, 'run', 'ready'), { force: true });
    const log = openSync(join(home, 'serve.log'), 'a');
    shop.pool = spawn(program, ['serve', '--home', home], { env, stdio: ['ignore', log, log] });
    shop.poolError = null;
    shop.pool.on('error', (e) => { shop.poolError = e; });
    await until('the pool to be ready', () => {
      if (shop.poolError || shop.pool.exitCode !== null) throw new Error(`the pool did not start:\n${shop.log()}`);
      return existsSync(join(home, 'run', 'ready'));
    }, 30);
  };
  shop.log = () => (existsSync(join(home, 'serve.log')) ? readFileSync(join(home, 'serve.log'), 'utf8') : '');
  shop.startNginx = async () => {
    shop.cli('nginx-config');
    const log = openSync(join(home, 'nginx.log'), 'a');
    shop.nginx = spawn('/usr/sbin/nginx', ['-p', join(home, 'nginx'), '-c', join(home, 'nginx', 'nginx.conf'), '-g', 'daemon off;'],
      { env, stdio: ['ignore', log, log] });
    await until('nginx to answer', () => {
      if (shop.nginx.exitCode !== null) throw new Error(`nginx did not start:\n${readFileSync(join(home, 'nginx.log'), 'utf8')}`);
      return fetch(`${url}/health`).then((r) => r.ok, () => false);
    });
  };
  shop.token = (email) => shop.cli('token', email).trim().split('\n').pop();
  shop.stop = async () => {
    await stopChild(shop.nginx, 'SIGQUIT');
    await stopChild(shop.pool);
    if (!process.env.SW_KEEP) rmSync(home, { recursive: true, force: true });
  };
  // Mails that a demo instance keeps in its folder, oldest first, as raw text.
  shop.mails = () => {
    const dir = join(home, 'outbox');
    if (!existsSync(dir)) return [];
    return readdirSync(dir).filter((f) => f.endsWith('.eml')).sort().map((f) => readFileSync(join(dir, f), 'utf8'));
  };
  shop.mailTo = (address, subject, seconds = 30) => until(`a mail “${subject}” to ${address}`,
    () => shop.mails().map(readMail).filter((m) => m.to.includes(address) && m.subject.includes(subject)).pop(), seconds);

  try {
    await shop.startPool();
    await shop.startNginx();
  } catch (e) {
    await shop.stop();
    throw e;
  }
  return shop;
}

// The JSON client of a user: api.get(path), api.post(path, fields) → {status, body, headers}.
export function client(shop, token) {
  const call = async (method, path, body) => {
    const headers = { Accept: 'application/json' };
    if (token) headers.Authorization = `Bearer ${token}`;
    if (body !== undefined) headers['Content-Type'] = 'application/json';
    const r = await fetch(shop.url + path, { method, headers, redirect: 'manual', body: body === undefined ? undefined : JSON.stringify(body) });
    const text = await r.text();
    let value = text;
    try { value = JSON.parse(text); } catch { /* not JSON: the caller sees the text */ }
    return { status: r.status, body: value, headers: r.headers };
  };
  return {
    call,
    get: (path) => call('GET', path),
    post: async (path, body = {}) => call('POST', path, body),
    // The id of what a POST made; anything but 200 or 201 is an error with the answer in it.
    async make(path, body) {
      const r = await call('POST', path, body);
      if (r.status !== 200 && r.status !== 201) throw new Error(`POST ${path}: ${r.status} ${JSON.stringify(r.body)}`);
      return r.body.id;
    },
  };
}

// ---- Reading a mail: header, the text part decoded, its links

function decodeWords(s) {
  return s.replace(/\?=\s+=\?/g, '?==?').replace(/=\?utf-8\?([bq])\?([^?]*)\?=/gi, (_, kind, text) =>
    kind.toLowerCase() === 'b' ? Buffer.from(text, 'base64').toString('utf8') : unquote(text.replace(/_/g, ' ')));
}

function unquote(s) {
  const bytes = s.replace(/=\r?\n/g, '').replace(/=([0-9A-F]{2})/gi, (_, h) => String.fromCharCode(parseInt(h, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

function split(raw) {
  const at = raw.search(/\r?\n\r?\n/);
  const head = at < 0 ? raw : raw.slice(0, at);
  const headers = {};
  for (const line of head.replace(/\r?\n[ \t]+/g, ' ').split(/\r?\n/)) {
    const colon = line.indexOf(':');
    if (colon > 0) headers[line.slice(0, colon).toLowerCase()] = decodeWords(line.slice(colon + 1).trim());
  }
  return { headers, body: at < 0 ? '' : raw.slice(at).replace(/^\r?\n\r?\n/, '') };
}

function parts(raw, out) {
  const { headers, body } = split(raw);
  const type = headers['content-type'] || 'text/plain';
  const boundary = /boundary="?([^";]+)"?/i.exec(type);
  if (boundary) {
    for (const piece of body.split(`--${boundary[1]}`).slice(1)) if (!piece.startsWith('--')) parts(piece.replace(/^\r?\n/, ''), out);
    return out;
  }
  const coding = (headers['content-transfer-encoding'] || '').toLowerCase();
  const bytes = coding === 'base64' ? Buffer.from(body, 'base64') : Buffer.from(coding === 'quoted-printable' ? unquote(body) : body, 'utf8');
  out.push({ type: type.split(';')[0].trim().toLowerCase(), headers, bytes });
  return out;
}

export function readMail(raw) {
  const { headers } = split(raw);
  const all = parts(raw, []);
  const text = (all.find((p) => p.type === 'text/plain')?.bytes || Buffer.alloc(0)).toString('utf8');
  return {
    headers, to: headers.to || '', subject: headers.subject || '', text, parts: all,
    links: [...text.matchAll(/https?:\/\/[^\s<>"]+/g)].map((m) => m[0].replace(/[.,)]+$/, '')),
  };
}

// ---- The browser

export async function launch() {
  const require = createRequire(join(source, 'package.json'));
  const { chromium } = require('playwright-core');
  return chromium.launch({
    executablePath: process.env.SW_CHROMIUM || '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update',
      '--disable-sync'],
  });
}

export const phone = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 };
export const desktop = { viewport: { width: 1440, height: 900 } };

// A page whose console errors (a script that fails, something the content security policy refused) fail the test at its end.
export async function open(browser, options = desktop) {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(10000);
  const page = await context.newPage();
  page.complaints = [];
  page.on('pageerror', (e) => page.complaints.push(String(e)));
  page.on('console', (m) => {
    // Chromium reports every answer of 4xx as an error of its own; the tests look at those themselves.
    if (m.type() === 'error' && !/Failed to load resource/.test(m.text())) page.complaints.push(m.text());
  });
  return page;
}

export async function signIn(page, shop, email, secret = password) {
  await page.goto(`${shop.url}/login`);
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password').fill(secret);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL((u) => !u.pathname.startsWith('/login'));
}

// axe-core's findings on the page, serious or not: none is the rule.
export async function axe(page) {
  const require = createRequire(join(source, 'package.json'));
  // Not through a script element: the content security policy refuses that, as it should.
  await page.evaluate(readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8'));
  const result = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
  return result.violations.map((v) => `${v.id} (${v.impact}): ${v.nodes.map((n) => n.target.join(' ')).slice(0, 4).join(' | ')}`);
}
