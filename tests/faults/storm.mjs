// Clients that send until each of their operations is acknowledged, while processes are killed under them.
import { readFileSync } from 'node:fs';

// A small generator with a seed: a storm that found something can be had again.
export function dice(seed) {
  let state = seed >>> 0;
  return (n) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
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

// Kill -9 a random worker every `every` ms, and the supervisor at each of the fractions of progress in `supervisorAt`, until `done()` is 1.
export async function kill(shop, random, { every, supervisorAt, done }) {
  const killed = { workers: 0, supervisors: 0 };
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
    if (workers.length === 0) continue;
    try {
      process.kill(workers[random(workers.length)], 'SIGKILL');
      killed.workers++;
    } catch { /* it had just ended */ }
  }
  return killed;
}
