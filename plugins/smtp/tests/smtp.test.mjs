// Mail over real SMTP: what arrives, what a temporary refusal and one for good lead to, and what can't be smuggled into a header.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { client, freePort, readMail, startShop, until } from '../../../tests/end-to-end/harness.mjs';
import { startSmtp } from '../../../tests/end-to-end/smtp.mjs';

test('mail over SMTP', async (t) => {
  const port = await freePort();
  const smtp = await startSmtp(port);
  const shop = await startShop({ settings: `\n[smtp]\nhost = 127.0.0.1\nport = ${port}\ntls = none\n` });
  t.after(async () => { await shop.stop(); await smtp.stop(); });
  const admin = client(shop, shop.token('owner@demo.test'));
  const invite = (name, email) => admin.make('/admin/users/new', { name, email, licences: ['advisor'] });
  const arrived = (address) => until(`a mail to ${address}`, () => smtp.received.find((m) => m.to.includes(address)));
  const counts = async () => (await client(shop).get('/health')).body;

  await t.test('an invitation arrives, whole', async () => {
    await invite('José Ñandú', 'jose@mail.test');
    const mail = await arrived('jose@mail.test');
    const read = readMail(mail.data);
    assert.match(read.to, /José Ñandú/);
    assert.match(mail.data, /^Message-ID: <1\.\d+\.[0-9a-f]+@/im);
    assert.match(mail.data, /^Auto-Submitted: auto-generated/im);
    assert.match(mail.data, /^MIME-Version: 1\.0/im);
    assert.match(read.headers['content-type'], /^multipart\/alternative/);
    assert.deepEqual(read.parts.map((p) => p.type), ['text/plain', 'text/html']);
    assert.ok(read.links.some((l) => l.startsWith(`${shop.url}/activate/`)), read.text);
    for (const line of mail.data.split('\r\n')) assert.ok(Buffer.byteLength(line) <= 998);
  });

  await t.test('a name can not begin another header', async () => {
    const r = await admin.post('/admin/users/new', { name: 'Eve\r\nBcc: other@mail.test', email: 'eve@mail.test', licences: ['advisor'] });
    if (r.status === 422) return; // refused at the form: as good
    const mail = await arrived('eve@mail.test');
    assert.ok(!/^Bcc:/im.test(mail.data.split('\r\n\r\n')[0]));
    assert.deepEqual(mail.to, ['eve@mail.test']);
  });

  await t.test('4xx: kept and tried again; 5xx: a dead letter', async () => {
    const before = await counts();
    smtp.answer = (m) => (m.to.includes('busy@mail.test') ? '451 later' : m.to.includes('gone@mail.test') ? '550 no such user' : '250 taken');
    await invite('Busy', 'busy@mail.test');
    await invite('Gone', 'gone@mail.test');
    await invite('Fine', 'fine@mail.test');
    await arrived('fine@mail.test'); // nobody waits for the others
    await until('a dead letter', async () => (await counts()).outbox_dead === before.outbox_dead + 1);
    assert.equal((await counts()).outbox_waiting, 1);
    assert.ok(smtp.refused >= 2);
    assert.ok(!smtp.received.some((m) => m.to.includes('gone@mail.test')));
  });
});
