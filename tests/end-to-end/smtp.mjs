// A small SMTP server for tests (RFC 5321 as far as a client that sends plain mail on loopback needs it). What arrives is in `received`.
// server.answer, when set, is called with {from, to, data} and returns the reply to the final dot: "451 later", "550 no".
import { createServer } from 'node:net';

export function startSmtp(port) {
  const server = { port, received: [], refused: 0, answer: null };
  const sockets = new Set();
  const tcp = createServer((socket) => {
    let buffer = '', mail = null, inData = false;
    const say = (line) => socket.write(`${line}\r\n`);
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    socket.setEncoding('latin1');
    const fresh = () => { mail = { from: '', to: [], data: '' }; };
    const command = (line) => {
      const verb = line.slice(0, 4).toUpperCase();
      if (verb === 'EHLO') { say('250-mail.test'); say('250-SIZE 33554432'); say('250 8BITMIME'); }
      else if (verb === 'HELO') say('250 mail.test');
      else if (verb === 'MAIL') { fresh(); mail.from = /<([^>]*)>/.exec(line)?.[1] ?? ''; say('250 ok'); }
      else if (verb === 'RCPT' && mail) { mail.to.push(/<([^>]*)>/.exec(line)?.[1] ?? ''); say('250 ok'); }
      else if (verb === 'DATA' && mail?.to.length) { inData = true; say('354 go on'); }
      else if (verb === 'RSET') { mail = null; say('250 ok'); }
      else if (verb === 'NOOP') say('250 ok');
      else if (verb === 'QUIT') { say('221 bye'); socket.end(); }
      else say('503 not now');
    };
    const message = (text) => {
      mail.data = Buffer.from(text.replace(/^\.\./gm, '.'), 'latin1').toString('utf8');
      const reply = server.answer ? server.answer(mail) : '250 taken';
      if (reply.startsWith('2')) server.received.push(mail);
      else server.refused++;
      mail = null;
      inData = false;
      say(reply);
    };
    socket.on('data', (chunk) => {
      buffer += chunk;
      for (;;) {
        if (inData) {
          const end = buffer.startsWith('.\r\n') ? 0 : buffer.indexOf('\r\n.\r\n');
          if (end < 0) return;
          const text = end === 0 ? '' : buffer.slice(0, end + 2);
          buffer = buffer.slice(end === 0 ? 3 : end + 5);
          message(text);
          continue;
        }
        const eol = buffer.indexOf('\r\n');
        if (eol < 0) return;
        const line = buffer.slice(0, eol);
        buffer = buffer.slice(eol + 2);
        command(line);
      }
    });
    say('220 mail.test');
  });
  server.stop = () => new Promise((resolve) => {
    for (const s of sockets) s.destroy();
    tcp.close(resolve);
  });
  return new Promise((resolve, reject) => {
    tcp.on('error', reject);
    tcp.listen(port, '127.0.0.1', () => resolve(server));
  });
}
