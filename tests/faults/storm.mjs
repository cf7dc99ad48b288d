// Clients that send until each of their operations is acknowledged, while processes are killed under them.
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';

// A small generator with a seed: a storm that found something can be had again.
export function dice(seed) {
  let state = seed >>> 0;
  return (n) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}

// JSON over HTTP from a loopback address of its own (127.0.0.1 … 127.0.0.200), because nginx limits the rate of each address, and a storm has many people.
const agents = Array.from({ length: 200 }, (_, i) => new Agent({ keepAlive: true, localAddress: `127.0.0.${i + 1}` }));
let turn = 0;
export function call(shop, token, method, path, body, key) {
  const headers = { Accept: 'application/json', Authorization: `Bearer ${token}` };
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  if (key) headers['Idempotency-Key'] = key;
  return new Promise((resolve, reject) => {
    const r = request({ host: '127.0.0.1', port: shop.port, method, path, headers, agent: agents[turn++ % agents.length], timeout: 20000 }, (answer) => {
      const pieces = [];
      answer.on('data', (piece) => pieces.push(piece));
      answer.on('error', reject);
      answer.on('end', () => {
        const text = Buffer.concat(pieces).toString();
        let value = text;
        try { value = JSON.parse(text); } catch { /* nginx's own pages are not JSON */ }
        resolve({ status: answer.statusCode, body: value });
      });
    });
    r.on('timeout', () => r.destroy(new Error(`${method} ${path}: no answer in 20 s`)));
    r.on('error', reject);
    r.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

export function childrenOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(/\s+/).filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

// ops: [{ send: async () => status }]; each gets .acknowledged (the status) and .tries. A status of 0 (no answer), 502, 503 or 504 says nothing about
// whether it took effect: the same operation, with the same key, is sent again.
export async function send(ops, clients, signal) {
  let next = 0;
  const one = async () => {
    while (next < ops.length) {
      const op = ops[next++];
      op.tries = 0;
      for (;;) {
        op.tries++;
        const status = await op.send().catch(() => 0);
        if (![0, 502, 503, 504].includes(status)) {
          op.acknowledged = status;
          break;
        }
        if (signal.aborted) return;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  };
  await Promise.all(Array.from({ length: clients }, one));
}

// What a child is: read, write, slow, or the courier's processes.
export function poolOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return '';
  }
}

// Kill -9 a random worker every `every` ms (every second time the writer), and the supervisor at each of the fractions of progress in `supervisorAt`, until `done()` is 1.
export async function kill(shop, random, { every, supervisorAt, done }) {
  const killed = { workers: 0, writers: 0, supervisors: 0 };
  const left = [...supervisorAt];
  while (done() < 1) {
    await new Promise((resolve) => setTimeout(resolve, every / 2 + random(every)));
    if (left.length > 0 && done() >= left[0]) {
      left.shift();
      const ended = new Promise((resolve) => shop.pool.once('exit', resolve));
      shop.pool.kill('SIGKILL');
      await ended;
      killed.supervisors++;
      await shop.startPool();
      continue;
    }
    const workers = childrenOf(shop.pool.pid);
    const writer = workers.find((pid) => poolOf(pid) === 'write');
    const victim = random(2) && writer ? writer : workers[random(workers.length)];
    if (!victim) continue;
    try {
      process.kill(victim, 'SIGKILL');
      killed.workers++;
      killed.writers += victim === writer;
    } catch { /* it had just ended */ }
  }
  return killed;
}
