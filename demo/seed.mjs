// Fills a demo shop through its own JSON API, like any client: node demo/seed.mjs http://127.0.0.1:8080
//
// SHOPWRIGHT is the program (for tokens), SHOPWRIGHT_HOME the instance. Everybody here is invented: .test addresses, 555 numbers.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { customers, jobs } from './shop.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const base = (process.argv[2] || 'http://127.0.0.1:8080').replace(/\/$/, '');
const program = process.env.SHOPWRIGHT || 'shopwright';
const password = 'demo-shop-please-change';
const hour = 3600e3, day = 24 * hour, now = Date.now();
// Appointments stand on the half hour.
const moment = (days, hours) => new Date(Math.ceil((now + days * day + hours * hour) / (hour / 2)) * (hour / 2)).toISOString();

function cli(args, input) {
  const r = spawnSync(program, args, { encoding: 'utf8', input, timeout: 60000 });
  if (r.status !== 0) throw new Error(`shopwright ${args.join(' ')}: ${r.stderr || r.error}`);
  return r.stdout.trim();
}

// A client with a token. A refusal is an error that says what was refused; "too many" waits as it was told.
function client(email) {
  const token = cli(['token', email, '--name', 'demo content']);
  const headers = { Authorization: `Bearer ${token}`, Accept: 'application/json' };
  async function call(method, path, body) {
    for (;;) {
      const form = body instanceof FormData;
      const r = await fetch(base + path, {
        method,
        headers: body && !form ? { ...headers, 'Content-Type': 'application/json' } : headers,
        body: body && !form ? JSON.stringify(body) : body,
        redirect: 'manual',
      });
      if (r.status === 429 || r.status === 503) {
        await new Promise((wake) => setTimeout(wake, 1000 * Number(r.headers.get('retry-after') || 1)));
        continue;
      }
      const text = await r.text();
      if (r.status >= 300) throw new Error(`${method} ${path} as ${email}: ${r.status} ${text.slice(0, 500)}`);
      return JSON.parse(text);
    }
  }
  return { get: (path) => call('GET', path), post: (path, body) => call('POST', path, body) };
}

// The ninth character of a VIN is a check digit over the others.
function vin(v) {
  const value = (c) => (/[0-9]/.test(c) ? Number(c) : { A: 1, B: 2, C: 3, D: 4, E: 5, F: 6, G: 7, H: 8, J: 1, K: 2, L: 3, M: 4, N: 5, P: 7, R: 9, S: 2, T: 3, U: 4, V: 5, W: 6, X: 7, Y: 8, Z: 9 }[c]);
  const weights = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];
  const sum = [...v].reduce((s, c, i) => s + (i === 8 ? 0 : value(c) * weights[i]), 0) % 11;
  return v.slice(0, 8) + (sum === 10 ? 'X' : sum) + v.slice(9);
}

const owner = client('owner@demo.test');
const advisor = client('advisor@demo.test');
const marco = client('tech@demo.test');

// A second technician, with a sign-in name instead of an e-mail.
await owner.post('/admin/users/new', { name: 'Priya Shah', login: 'priya', password, licences: ['technician'] });
const techs = { marco, priya: client('priya') };

const ids = [];
for (const c of customers) {
  const { units, ...person } = c;
  const { id } = await advisor.post('/customers', person);
  const unitIds = [];
  for (const u of units) unitIds.push((await advisor.post(`/customers/${id}/units/new`, { ...u, ...(u.vin && !u.serial ? { vin: vin(u.vin) } : {}) })).id);
  ids.push({ id, units: unitIds });
}

const name = (c) => [c.first, c.last].filter(Boolean).join(' ');
cli(['user', 'add', 'customer@demo.test', '--name', name(customers[0]), '--licences', 'portal', '--customer', String(ids[0].id), '--password-stdin'], `${password}\n`);
const elena = client('customer@demo.test');

async function addFiles(who, path, files, internal) {
  const form = new FormData();
  for (const f of files) form.append('files', new Blob([readFileSync(join(here, 'photos', `${f}.jpg`))], { type: 'image/jpeg' }), `${f}.jpg`);
  if (internal) form.append('internal', 'on');
  await who.post(path, form);
}

// Work on one task: clock on and off; the advisor corrects the entry to the hours that the story tells, with a reason.
async function work(job, task, t, who) {
  const path = `/jobs/${job}/tasks/${task}`;
  const step = (action) => who.post(`${path}/do`, { action });
  if (t.hours) {
    await step('clock_on');
    await step('clock_off');
    const { times } = (await advisor.get(path)).task;
    const end = now - (t.ago ?? 2) * hour;
    await advisor.post(`${path}/times/${times.at(-1).id}`, {
      start: new Date(end - t.hours * hour).toISOString(), end: new Date(end).toISOString(), reason: t.why || 'Clocked on late',
    });
  }
  if (t.note) await who.post(`${path}/notes`, { text: t.note });
  if (t.internal) await who.post(`${path}/notes`, { text: t.internal, internal: true });
  if (t.photos) await addFiles(who, `${path}/files`, t.photos, false);
  if (t.state === 'completed') await step('complete');
  if (t.state === 'declined') await advisor.post(`${path}/do`, { action: 'decline', reason: t.reason });
  if (t.state === 'running') await step('clock_on');
}

async function authorize(job, j, customer) {
  const ask = () => advisor.post(`/jobs/${job}/authorization/request`, { message: j.message || '' });
  await ask();
  if (j.authorize === 'pending') return;
  const review = await advisor.get(`/jobs/${job}/authorization/sign`);
  if (j.authorize === 'phone') {
    await advisor.post(`/jobs/${job}/authorization/phone`, {
      hash: review.hash, name: customer.name, called: customer.phone, at: new Date(now - 3 * hour).toISOString(), total: review.total,
      note: 'Read the lines and the total out; agreed to all of it.',
    });
  } else if (j.authorize === 'portal') {
    const own = await elena.get(`/portal/jobs/${job}/authorize`);
    await elena.post(`/portal/jobs/${job}/authorize`, { hash: own.hash, name: customer.name });
  } else if (j.authorize === 'counter') {
    await advisor.post(`/jobs/${job}/authorization/sign`, { hash: review.hash, name: customer.name });
  } else if (j.authorize === 'declined') {
    await advisor.post(`/jobs/${job}/authorization/decline`, { hash: review.hash, reason: 'Wants to wait until next month.' });
  }
}

const running = [];
for (const j of jobs) {
  const customer = { ...customers[j.customer], name: name(customers[j.customer]) };
  const { id: job } = await advisor.post('/jobs', {
    customer: ids[j.customer].id, unit: ids[j.customer].units[j.unit ?? 0], title: j.title, complaint: j.complaint || '',
    scheduled: moment(j.comes ?? -1, -4), due: moment(j.due ?? 1, 3),
    usage_in: j.usage ?? 0, wants_estimate: Boolean(j.estimate),
  });
  const at = `/jobs/${job}`;
  const tasks = [];
  for (const t of j.tasks) {
    const flat = t.rate === undefined;
    tasks.push((await advisor.post(`${at}/tasks`, {
      title: t.title, description: t.description || '', kind: flat ? 'flat' : 'hourly', price: flat ? t.price : t.rate,
      ...(flat ? {} : { estimated: t.estimated }), taxed: Boolean(t.taxed), ...(t.priority ? { priority: t.priority } : {}),
    })).id);
  }
  for (const p of j.parts || []) {
    await advisor.post(`${at}/parts`, {
      description: p.name, number: p.number || '', quantity: (p.n ?? 1) * 1000, price: p.price ?? 0, taxed: p.taxed ?? !p.own,
      customers_own: Boolean(p.own), ...(p.task === undefined ? {} : { task: tasks[p.task] }),
    });
  }
  for (const [description, amount] of j.fees || []) await advisor.post(`${at}/fees`, { description, amount });
  if (j.authorize) await authorize(job, j, customer);
  for (const [i, t] of j.tasks.entries()) {
    if (t.state === 'running') running.push([job, tasks[i], t]); // last, so that the clocks are still running afterwards
    else if (t.state || t.hours || t.note || t.photos) await work(job, tasks[i], t, techs[t.by || 'marco']);
  }
  if (j.note) await advisor.post(`${at}/notes`, { text: j.note });
  if (j.photos) await addFiles(advisor, `${at}/files`, j.photos, false);
  for (const step of j.steps || []) {
    const [action, reason] = Array.isArray(step) ? step : [step];
    await advisor.post(`${at}/do`, { action, ...(reason ? { reason } : {}) });
  }
}
for (const [job, task, t] of running) await work(job, task, t, techs[t.by || 'marco']);
