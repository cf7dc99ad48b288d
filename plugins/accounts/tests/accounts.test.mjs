// Accounts from outside, as browsers and JSON clients see them: sign-in, lock-out, mailed links, users and licences.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { client, password, readMail, startShop, until } from '../../../tests/end-to-end/harness.mjs';

// A browser without scripts: cookies, forms with their hidden fields.
function visitor(shop) {
  const jar = new Map();
  const v = {
    async call(method, path, body) {
      const headers = { Accept: 'text/html', 'User-Agent': 'Visitor/1.0 (test)' };
      if (jar.size) headers.Cookie = [...jar].map(([k, x]) => `${k}=${x}`).join('; ');
      if (body) headers['Content-Type'] = 'application/x-www-form-urlencoded';
      const r = await fetch(shop.url + path, { method, headers, body, redirect: 'manual' });
      for (const c of r.headers.getSetCookie()) {
        const [pair] = c.split(';');
        const at = pair.indexOf('=');
        if (/max-age=0/i.test(c)) jar.delete(pair.slice(0, at)); else jar.set(pair.slice(0, at), pair.slice(at + 1));
      }
      return { status: r.status, location: r.headers.get('location'), headers: r.headers, text: await r.text() };
    },
    get: (path) => v.call('GET', path),
    // Fill the form of `page` whose action is `action`, and send it.
    async send(page, action, fields) {
      const shown = await v.get(page);
      const form = [...shown.text.matchAll(/<form[^>]*action="([^"]*)"[^>]*>([\s\S]*?)<\/form>/g)].find((m) => m[1] === action);
      assert.ok(form, `${page} has no form for ${action}: ${shown.status}`);
      const data = new URLSearchParams();
      for (const m of form[2].matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g)) data.append(m[1], m[2].replace(/&amp;/g, '&'));
      for (const [k, x] of Object.entries(fields)) { data.delete(k); for (const one of [x].flat()) data.append(k, one); }
      return v.call('POST', action, data.toString());
    },
    signIn: (login, secret, query = '') => v.send(`/login${query}`, '/login', { login, password: secret }),
  };
  return v;
}

test('accounts', async (t) => {
  const shop = await startShop({ settings: '\n[nginx]\nlogin_rate = off\n' }); // this test signs in more often than people do
  t.after(() => shop.stop());
  const admin = client(shop, shop.token('owner@demo.test'));
  const advisor = client(shop, shop.token('advisor@demo.test'));
  const wrong = /The e-mail or the password is not right/;
  const mailsTo = (address) => shop.mails().map(readMail).filter((m) => m.to.includes(address));
  const linkTo = async (address, kind, n = 1) => {
    const mails = await until(`mail ${n} to ${address}`, () => { const all = mailsTo(address); return all.length >= n && all; });
    const link = mails.at(-1).links.find((l) => l.includes(`/${kind}/`));
    assert.ok(link, mails.at(-1).text);
    return new URL(link).pathname;
  };

  await t.test('sign in, go where one was going, sign out', async () => {
    const v = visitor(shop);
    assert.equal((await v.get('/')).location, '/login');
    const r = await v.signIn('Advisor@Demo.test', password, '?r=%2Fcustomers%3Fq%3Dma');
    assert.equal(r.status, 303);
    assert.equal(r.location, '/customers?q=ma');
    assert.equal((await v.get('/customers')).status, 200);
    assert.equal((await v.get('/')).location, '/board');
    assert.equal((await v.get('/admin/users')).status, 403);
    await v.send('/account', '/logout', {});
    assert.match((await v.get('/customers')).location, /^\/login\?r=/);
  });

  await t.test('a deep link leads to no other site', async () => {
    for (const r of ['//evil.test/', 'https://evil.test/', '/\\evil.test', '/login', 'javascript:alert(1)', '/%0a/evil']) {
      const v = visitor(shop);
      const answer = await v.signIn('advisor@demo.test', password, `?r=${encodeURIComponent(r)}`);
      assert.equal(answer.status, 303, r);
      assert.ok(answer.location === '/board' || answer.location === '/%0a/evil', `${r} → ${answer.location}`);
    }
  });

  await t.test('the same answer for a wrong password and an unknown name; then both rest', async () => {
    for (const login of ['tech@demo.test', 'nobody@demo.test']) {
      const v = visitor(shop);
      for (let i = 0; i < 5; i++) {
        const r = await v.signIn(login, 'not the password');
        assert.equal(r.status, 422, `${login} ${i}`);
        assert.match(r.text, wrong);
      }
      const r = await v.signIn(login, 'not the password');
      assert.equal(r.status, 429, login);
    }
    assert.equal((await visitor(shop).signIn('tech@demo.test', password)).status, 429); // the right one too
    assert.equal((await visitor(shop).signIn('owner@demo.test', password)).status, 303); // nobody else is hurt
  });

  let customer;
  await t.test('a customer makes an account with the e-mail on file', async () => {
    customer = await advisor.make('/customers', { last: 'Marquez', first: 'Elena', phone: '3105550187', email: 'elena@mail.test', reach_mail: true });
    const v = visitor(shop);
    const known = await v.send('/register', '/register', { email: 'Elena@Mail.test' });
    const unknown = await visitor(shop).send('/register', '/register', { email: 'nobody@mail.test' });
    assert.equal(known.status, 303);
    assert.deepEqual([unknown.status, unknown.location], [known.status, known.location]);
    const path = await linkTo('elena@mail.test', 'activate');
    assert.equal(mailsTo('nobody@mail.test').length, 0);

    const page = await v.get(path); // scanners open links: nothing is used up
    assert.equal(page.status, 200);
    assert.match(page.text, /Elena Marquez/);
    assert.equal(page.headers.get('referrer-policy'), 'no-referrer');
    await v.get(path);
    const short = await v.send(path, path, { password: 'short' });
    assert.equal(short.status, 422);
    assert.match(short.text, /5 characters; it needs at least 10/);
    assert.match((await v.send(path, path, { password: 'elena@mail.test' })).text, /may not be the e-mail/);
    const done = await v.send(path, path, { password: 'green tea at noon' });
    assert.equal(done.status, 303);
    assert.equal(done.location, '/portal');
    assert.equal((await v.get('/account')).status, 200);
    assert.equal((await v.get('/customers')).status, 403);
    assert.equal((await visitor(shop).get(path)).status, 404); // used up
    assert.ok(!shop.log().includes(path.split('/').pop()), 'the token is in the log');
  });

  await t.test('a forgotten password is chosen anew, and ends other web sessions', async () => {
    const old = visitor(shop);
    assert.equal((await old.signIn('elena@mail.test', 'green tea at noon')).location, '/portal');
    const v = visitor(shop);
    await v.send('/forgot', '/forgot', { email: 'elena@mail.test' });
    const path = await linkTo('elena@mail.test', 'reset', 2);
    const r = await v.send(path, path, { password: 'black coffee at one' });
    assert.equal(r.location, '/portal');
    assert.match((await old.get('/account')).location ?? '', /^\/login/);
    assert.match((await visitor(shop).signIn('elena@mail.test', 'green tea at noon')).text, wrong);
    assert.equal((await visitor(shop).signIn('elena@mail.test', 'black coffee at one')).status, 303);
  });

  await t.test('web sessions are listed and ended; the password is changed with the current one', async () => {
    const here = visitor(shop), there = visitor(shop);
    await here.signIn('elena@mail.test', 'black coffee at one');
    await there.signIn('elena@mail.test', 'black coffee at one');
    assert.match((await here.get('/account')).text, /This one/);
    const bad = await here.send('/account', '/account/password', { current: 'not it at all', password: 'white milk at two' });
    assert.equal(bad.status, 422);
    assert.match(bad.text, /current password is not right/);
    assert.equal((await here.send('/account', '/account/password', { current: 'black coffee at one', password: 'white milk at two' })).status, 303);
    assert.equal((await here.get('/account')).status, 200);
    assert.match((await there.get('/account')).location ?? '', /^\/login/);
    await there.signIn('elena@mail.test', 'white milk at two');
    await here.send('/account', '/account/sessions/end', {});
    assert.match((await there.get('/account')).location ?? '', /^\/login/);
  });

  await t.test('the portal can not be combined, and needs a customer', async () => {
    const post = (fields) => admin.post('/admin/users/new', { name: 'X', login: 'x.y', password: 'first password here', ...fields });
    let r = await post({ licences: ['portal', 'advisor'], customer });
    assert.equal(r.status, 422);
    assert.match(r.body.error.fields.licences, /can’t be combined/);
    r = await post({ licences: ['portal'] });
    assert.match(r.body.error.fields.customer, /needs a customer/);
    r = await post({ licences: ['portal'], customer: 999 });
    assert.match(r.body.error.fields.customer, /no customer with this number/);
    r = await post({ licences: ['advisor'], customer });
    assert.match(r.body.error.fields.customer, /Only a portal user/);
    r = await post({ licences: [] });
    assert.match(r.body.error.fields.licences, /at least one/);
    r = await post({ licences: ['advisor'], login: '', password: '' });
    assert.match(r.body.error.fields.email, /Enter an e-mail/);
    r = await post({ licences: ['advisor'], password: '' });
    assert.match(r.body.error.fields.password, /first password/);
    r = await post({ licences: ['advisor'], login: 'owner@demo.test' });
    assert.equal(r.status, 422);
  });

  await t.test('an administrator is invited, listed as such, activates, is disabled and signed out', async () => {
    const id = await admin.make('/admin/users/new', { name: 'Sam Second', email: 'sam@mail.test', licences: ['admin', 'advisor'] });
    const state = async () => (await admin.get(`/admin/users/${id}`)).body.state;
    assert.equal(await state(), 'invited');
    const path = await linkTo('sam@mail.test', 'activate');
    const v = visitor(shop);
    assert.equal((await v.send(path, path, { password: 'a bridge too far' })).location, '/board');
    assert.equal(await state(), 'active');
    const list = await v.get('/admin/users');
    assert.match(list.text, /Sam Second/);
    assert.equal((await admin.post(`/admin/users/${id}/disable`)).status, 200);
    assert.equal(await state(), 'disabled');
    assert.match((await v.get('/admin/users')).location ?? '', /^\/login/);
    assert.match((await visitor(shop).signIn('sam@mail.test', 'a bridge too far')).text, wrong);
    assert.equal((await admin.post(`/admin/users/${id}/disable`)).status, 409);
    assert.equal((await admin.post(`/admin/users/${id}/enable`)).status, 200);
    const users = (await admin.get('/admin/users')).body.users;
    const own = users.find((u) => u.login === 'owner@demo.test');
    assert.equal((await admin.post(`/admin/users/${own.id}/disable`)).status, 409);
    const less = await admin.post(`/admin/users/${own.id}`, { name: own.name, licences: ['advisor'] });
    assert.match(less.body.error.fields.licences, /from yourself/);
  });

  await t.test('a sign-in name and a first password, for a customer without an e-mail', async () => {
    const known = await admin.post('/admin/users/new', { name: 'Eve', email: 'eve@mail.test', password: 'first password here', licences: ['technician'] });
    assert.equal(known.status, 422);
    assert.match(known.body.error.fields.password, /chooses the password by a mailed link/);
    const c = await advisor.make('/customers', { last: 'Paper Only Inc', company: true });
    await admin.make('/admin/users/new', { name: 'Paper', login: 'Paper.Only', password: 'first password here', licences: ['portal'], customer: c });
    assert.equal((await visitor(shop).signIn('paper.only', 'first password here')).location, '/portal');
  });

  await t.test('the e-mail on file changes: the account follows after it was confirmed', async () => {
    const r = await advisor.post(`/customers/${customer}`, { last: 'Marquez', email: 'elena.new@mail.test' });
    assert.equal(r.status, 200, JSON.stringify(r.body));
    const path = await linkTo('elena.new@mail.test', 'confirm');
    assert.equal((await visitor(shop).signIn('elena@mail.test', 'white milk at two')).status, 303);
    const v = visitor(shop);
    assert.equal((await v.send(path, path, {})).location, '/login');
    assert.equal((await v.signIn('elena.new@mail.test', 'white milk at two')).location, '/portal');
    assert.match((await visitor(shop).signIn('elena@mail.test', 'white milk at two')).text, wrong);
    assert.equal((await visitor(shop).get(path)).status, 404);
  });

  await t.test('a link is good for the address it was mailed to, and for no later one', async () => {
    const typo = await advisor.make('/customers', { last: 'Okafor', first: 'Ada', email: 'ada@mial.test' });
    const stranger = visitor(shop);
    await stranger.send('/register', '/register', { email: 'ada@mial.test' });
    const path = await linkTo('ada@mial.test', 'activate');
    await advisor.post(`/customers/${typo}`, { last: 'Okafor', email: 'ada@mail.test' });
    const csrf = /name="csrf" value="([^"]*)"/.exec((await stranger.get('/register')).text)[1];
    assert.equal((await stranger.get(path)).status, 404);
    assert.equal((await stranger.call('POST', path, new URLSearchParams({ csrf, password: 'the stranger chose it' }).toString())).status, 404);

    const owner = visitor(shop);
    await owner.send('/register', '/register', { email: 'ada@mail.test' });
    const right = await linkTo('ada@mail.test', 'activate');
    assert.equal((await owner.send(right, right, { password: 'green tea at noon' })).location, '/portal');
    await visitor(shop).send('/forgot', '/forgot', { email: 'ada@mail.test' });
    const reset = await linkTo('ada@mail.test', 'reset', 2);
    await advisor.post(`/customers/${typo}`, { last: 'Okafor', email: 'ada.new@mail.test' });
    const confirm = await linkTo('ada.new@mail.test', 'confirm');
    await owner.send(confirm, confirm, {});
    assert.equal((await visitor(shop).get(reset)).status, 404, 'the former mailbox resets nothing');
  });

  await t.test('settings of the shop', async () => {
    const before = (await admin.get('/admin/shop')).body;
    let r = await admin.post('/admin/shop', { name: 'Harbor Street Repair', zone: 'Nowhere/Land' });
    assert.match(r.body.error.fields.zone, /not known/);
    r = await admin.post('/admin/shop', { name: 'Harbor Street Repair', zone: before.zone, tax_rate: 9500, consent: 'I agree.', version: before.version });
    assert.equal(r.status, 200, JSON.stringify(r.body));
    const after = (await admin.get('/admin/shop')).body;
    assert.equal(after.tax_rate, 9500);
    assert.equal(after.labor_rate, before.labor_rate); // left out: unchanged
    r = await admin.post('/admin/shop', { name: 'Stale', zone: before.zone, version: before.version });
    assert.equal(r.status, 409);
    assert.equal((await advisor.get('/admin/shop')).status, 403);
    const v = visitor(shop);
    await v.signIn('owner@demo.test', password);
    const page = await v.get('/admin/shop');
    assert.match(page.text, /name="tax_rate"[^>]*value="9\.5"|value="9\.5"[^>]*name="tax_rate"/);
    const form = { name: 'Harbor Street Repair', zone: before.zone, language: 'en', currency: 'USD' };
    assert.match((await v.send('/admin/shop', '/admin/shop', { ...form, base_url: '' })).text, /links in mails begin with it/);
    const saved = await v.send('/admin/shop', '/admin/shop', { ...form, base_url: before.base_url, tax_rate: '9.25', labor_rate: '135.00', history_from: '2018-04-24' });
    assert.equal(saved.status, 303, saved.text);
    const again = (await admin.get('/admin/shop')).body;
    assert.equal(again.tax_rate, 9250);
    assert.equal(again.labor_rate, 13500);
    assert.match(again.history_from, /^2018-04-24T07:00/);
  });
});

test('guessing from one address', async (t) => {
  const shop = await startShop({ settings: '\n[nginx]\nlogin_rate = off\n' });
  t.after(() => shop.stop());
  const v = visitor(shop);
  const csrf = /name="csrf" value="([^"]*)"/.exec((await v.get('/login')).text)[1];
  const login = (who, secret) => v.call('POST', '/login', new URLSearchParams({ csrf, login: who, password: secret }).toString());
  for (let i = 0; i < 50; i++) assert.equal((await login(`guess${i}@mail.test`, 'autumn leaves 2026')).status, 422);
  assert.equal((await login('guess50@mail.test', 'autumn leaves 2026')).status, 429);
  assert.equal((await login('advisor@demo.test', password)).status, 429, 'a right guess is told no more than a wrong one');
});

test('guessing the current password', async (t) => {
  const shop = await startShop({ settings: '\n[nginx]\nlogin_rate = off\n' });
  t.after(() => shop.stop());
  const v = visitor(shop);
  await v.signIn('advisor@demo.test', password);
  const change = (current) => v.send('/account', '/account/password', { current, password: 'a new one of eighteen' });
  for (let i = 0; i < 5; i++) assert.equal((await change(`wrong guess ${i}`)).status, 422);
  assert.equal((await change('wrong guess 6')).status, 429);
  assert.equal((await change(password)).status, 429);
});
