// Work orders from outside: what is written up, clocked, priced and refused.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { axe, client, desktop, launch, open, signIn, startShop } from '../../../tests/end-to-end/harness.mjs';

test('work orders', async (t) => {
  const shop = await startShop();
  t.after(() => shop.stop());
  const advisor = client(shop, shop.token('advisor@demo.test'));
  const tech = client(shop, shop.token('tech@demo.test'));
  const refused = (r, status, message) => {
    assert.equal(r.status, status, JSON.stringify(r.body));
    if (message) assert.match(JSON.stringify(r.body.error), message);
  };

  const elena = await advisor.make('/customers', { first: 'Elena', last: 'Marquez', phone: '(310) 555-0187' });
  const unit = await advisor.make(`/customers/${elena}/units/new`, { year: 2016, make: 'Subaru', model: 'Outback', plate: '7KRD482' });
  const other = await advisor.make('/customers', { last: 'Northgate Refrigeration' });
  const job = await advisor.make('/jobs', { customer: elena, unit, title: 'Coolant leak' });
  const at = `/jobs/${job}`;
  const get = async () => (await advisor.get(at)).body;
  const technician = (await get()).technicians[0].id;
  const leak = await advisor.make(`${at}/tasks`, { title: 'Find the leak', kind: 'hourly', estimated: 1500, technician, priority: 1 });
  const brakes = await advisor.make(`${at}/tasks`, { title: 'Front brakes', kind: 'flat', price: 23200 });
  const rotor = await advisor.make(`${at}/parts`, { description: 'Rotor', quantity: 2000, price: 8130, taxed: true, task: brakes });

  await t.test('a job needs a unit of the customer', async () => {
    refused(await advisor.post('/jobs', { customer: other, unit, title: 'X' }), 422, /unit of this customer/);
    refused(await advisor.post('/jobs', { customer: 99999, unit, title: 'X' }), 422, /no such customer/);
    refused(await advisor.post('/jobs', { customer: elena, unit, title: 'x'.repeat(121) }), 422, /title/);
    refused(await tech.post('/jobs', { customer: elena, unit, title: 'X' }), 403);
  });

  await t.test('lines are checked, and the totals are right', async () => {
    refused(await advisor.post(`${at}/tasks`, { title: 'No hours', kind: 'hourly' }), 422, /estimated/);
    refused(await advisor.post(`${at}/tasks`, { title: 'Nobody', kind: 'flat', technician: 99999 }), 422, /licence/);
    refused(await advisor.post(`${at}/parts`, { description: 'Own', customers_own: true, price: 100 }), 422, /has no price/);
    refused(await advisor.post(`${at}/parts`, { description: 'Elsewhere', task: 99999 }), 422, /task of this job/);
    await advisor.make(`${at}/fees`, { description: 'Hazardous waste', amount: 650 });
    const j = await get();
    assert.equal(j.tasks[0].price, 14500, 'the shop rate stands in');
    assert.equal(j.priced.labor, 23200);
    assert.equal(j.priced.parts, 16260);
    assert.equal(j.priced.tax, 1545);
    assert.equal(j.priced.total, 23200 + 16260 + 650 + 1545);
    assert.equal(j.priced.estimated_total, j.priced.total + 21750);
  });

  await t.test('one running clock a technician; the first clock-on gives the number', async () => {
    const step = (task, fields) => tech.post(`${at}/tasks/${task}/do`, fields);
    refused(await step(leak, { action: 'clock_off' }), 409, /not clocked on/);
    assert.equal((await step(leak, { action: 'clock_on' })).status, 201);
    let j = await get();
    assert.equal(j.ro_number, 10001);
    assert.equal(j.state, 'in_progress');
    assert.ok(j.tasks[0].running);
    refused(await step(leak, { action: 'clock_on' }), 409, /already clocked on/);
    refused(await step(brakes, { action: 'clock_on' }), 409, /runs on “Find the leak”/);
    assert.equal((await step(brakes, { action: 'clock_on', switch_over: true })).status, 201);
    j = await get();
    assert.equal(j.tasks[0].running, null);
    assert.ok(j.tasks[1].running);
    assert.equal((await step(brakes, { action: 'clock_off' })).status, 201);
    refused(await step(brakes, { action: 'fly' }), 409);
  });

  await t.test('an advisor corrects time with a reason', async () => {
    const { times } = (await advisor.get(`${at}/tasks/${leak}`)).body.task;
    const path = `${at}/tasks/${leak}/times/${times[0].id}`;
    const iso = (hours) => new Date(Date.now() - hours * 3600e3).toISOString();
    refused(await tech.post(path, { start: iso(3), end: iso(1), reason: 'me' }), 403);
    refused(await advisor.post(path, { start: iso(3), end: iso(1) }), 422, /reason/i);
    refused(await advisor.post(path, { start: iso(1), end: iso(3), reason: 'x' }), 422, /after the start/);
    refused(await advisor.post(`${at}/tasks/${brakes}/times/${times[0].id}`, { start: iso(3), end: iso(1), reason: 'x' }), 404);
    await advisor.make(path, { start: iso(3), end: iso(1), reason: 'forgot to clock off' });
    const line = (await get()).priced.lines[0];
    assert.equal(line.quantity, 2000);
    assert.equal(line.total, 29000);
    assert.equal(line.over, true);
    await tech.make(`${at}/tasks/${brakes}/do`, { action: 'clock_on' });
    const running = (await advisor.get(`${at}/tasks/${brakes}`)).body.task.times.find((x) => !x.end);
    const live = `${at}/tasks/${brakes}/times/${running.id}`;
    refused(await advisor.post(live, { start: '1999-01-01T00:00:00Z', reason: 'a slip' }), 422, /seven days/);
    await advisor.make(live, { start: iso(1), reason: 'began earlier' });
    await tech.make(`${at}/tasks/${brakes}/do`, { action: 'clock_off' });
  });

  await t.test('states: refused with a sentence, nothing changed', async () => {
    refused(await advisor.post(`${at}/do`, { action: 'ready' }), 409, /2 of 2 tasks are still open/);
    refused(await advisor.post(`${at}/do`, { action: 'invoice' }), 409);
    refused(await tech.post(`${at}/tasks/${leak}/do`, { action: 'decline', reason: 'x' }), 403, /not for you/);
    refused(await advisor.post(`${at}/tasks/${leak}/do`, { action: 'decline' }), 422, /reason/i);
    await tech.make(`${at}/tasks/${leak}/do`, { action: 'complete' });
    refused(await tech.post(`${at}/tasks/${leak}/do`, { action: 'reopen' }), 422, /reason/i);
    refused(await advisor.post(`${at}/tasks/${leak}/delete`), 409, /has begun/);
    await tech.make(`${at}/tasks/${brakes}/do`, { action: 'complete' });
    assert.equal((await get()).tasks_done, 2);
    await tech.make(`${at}/do`, { action: 'ready' });
    refused(await tech.post(`${at}/tasks/${leak}/do`, { action: 'reopen' }), 422);
    refused(await advisor.post(`${at}/do`, { action: 'cancel' }), 422, /reason/i);
    await advisor.make(`${at}/do`, { action: 'complete' });
    refused(await advisor.post(`${at}/do`, { action: 'submit' }), 409, /not set to require/);
    await advisor.make(`${at}/do`, { action: 'invoice' });
    refused(await advisor.post(`${at}/parts/${rotor}/edit`, { description: 'Rotor', price: 1 }), 409, /invoiced/);
    refused(await advisor.post(`${at}/tasks`, { title: 'Late', kind: 'flat' }), 409, /invoiced/);
    const rows = (await advisor.get('/board/work?state=invoiced')).body.jobs;
    assert.deepEqual(rows.map((r) => r.id), [job]);
  });

  await t.test('a child of another job is not there; a stale edit is refused', async () => {
    const second = await advisor.make('/jobs', { customer: elena, unit, title: 'Winter check' });
    refused(await advisor.get(`/jobs/${second}/tasks/${leak}`), 404);
    refused(await advisor.post(`/jobs/${second}/parts/${rotor}/delete`), 404);
    const v = (await advisor.get(`/jobs/${second}`)).body.version;
    await advisor.make(`/jobs/${second}/edit`, { title: 'Winter check and tires', version: v });
    refused(await advisor.post(`/jobs/${second}/edit`, { title: 'Mine', version: v }), 409, /Somebody changed/);
    const free = await advisor.make(`/jobs/${second}/tasks`, { title: 'Tires', kind: 'flat', price: 100 });
    assert.ok((await tech.get('/tech')).body.free_tasks.some((x) => x.id === free));
    await tech.make(`/jobs/${second}/tasks/${free}/do`, { action: 'take' });
    assert.ok([(await tech.get('/tech')).body.current.id, ...(await tech.get('/tech')).body.next.map((x) => x.id)].includes(free));
  });

  await t.test('an edit changes what it names and nothing else', async () => {
    const at = `/jobs/${await advisor.make('/jobs', { customer: elena, unit, title: 'Edits' })}`;
    const task = await advisor.make(`${at}/tasks`, { title: 'Find it', description: 'By ear.', kind: 'hourly', price: 14500, estimated: 1500, taxed: true });
    const part = await advisor.make(`${at}/parts`, { description: 'Hose', number: 'H-1', task, quantity: 2000, price: 900, taxed: true });
    const fee = await advisor.make(`${at}/fees`, { description: 'Waste', amount: 650, taxed: true });
    await advisor.make(`${at}/tasks/${task}/edit`, { estimated: 2000 });
    await advisor.make(`${at}/parts/${part}/edit`, { price: 1000 });
    await advisor.make(`${at}/fees/${fee}/edit`, { amount: 700 });
    const j = (await advisor.get(at)).body;
    const [tt] = j.tasks, [p] = tt.parts, [f] = j.fees;
    assert.deepEqual([tt.title, tt.description, tt.kind, tt.price, tt.estimated, tt.taxed], ['Find it', 'By ear.', 'hourly', 14500, 2000, true]);
    assert.deepEqual([p.description, p.number, p.quantity, p.price, p.taxed], ['Hose', 'H-1', 2000, 1000, true]);
    assert.deepEqual([f.description, f.amount, f.taxed], ['Waste', 700, true]);
    // What is required can't be emptied, nor left out of a new one.
    refused(await advisor.post(`${at}/tasks/${task}/edit`, { title: '' }), 422, /title/);
    refused(await advisor.post(`${at}/parts/${part}/edit`, { description: null }), 422, /description/);
    refused(await advisor.post(`${at}/fees/${fee}/edit`, { description: ' ' }), 422, /description/);
    refused(await advisor.post(`${at}/fees`, { amount: 1 }), 422, /description/);
    refused(await advisor.post(`${at}/tasks/${task}/edit`, { estimated: 0 }), 422, /how many hours/);
  });

  await t.test('a failing rule gives its line and no total, and breaks nothing else', async () => {
    const third = await advisor.make('/jobs', { customer: elena, unit, title: 'Rule' });
    const task = await advisor.make(`/jobs/${third}/tasks`, { title: 'Work', kind: 'flat', price: 100 });
    mkdirSync(join(shop.home, 'rules', '1'), { recursive: true });
    writeFileSync(join(shop.home, 'rules', '1', 'pricing.lua'), 'function price(job)\n  return job.nothing.here\nend\n');
    const j = (await advisor.get(`/jobs/${third}`)).body;
    assert.equal(j.priced, null);
    assert.match(j.rule_error, /pricing\.lua:2/);
    assert.equal(j.tasks[0].id, task);
    refused(await advisor.post(`/jobs/${third}/authorization/request`), 409, /pricing\.lua:2/);
    writeFileSync(join(shop.home, 'rules', '1', 'pricing.lua'), 'function price(job)\n  return {lines = {}}\nend\n');
    assert.match((await advisor.get(`/jobs/${third}`)).body.rule_error, /no line for “Work”/);
  });

  await t.test('the pages', async () => {
    const browser = await launch();
    try {
      const page = await open(browser, desktop);
      await signIn(page, shop, 'advisor@demo.test');
      for (const path of ['/board/work', at, `${at}/tasks/${leak}`, `${at}/parts/${rotor}`, '/jobs/new', `/jobs/new?customer=${elena}`, '/tech']) {
        await page.goto(shop.url + path);
        assert.deepEqual(await axe(page), [], path);
        assert.deepEqual(page.complaints, [], path);
      }
    } finally {
      await browser.close();
    }
  });
});
