/**
 * Opens CONNECT tunnels through $HTTPS_PROXY as fast as `concurrency` allows and counts what the proxy answers.
 * Runs in a pod, from a ConfigMap: node connect.mjs '{"target": "a:443", "concurrency": 16, "total": 10000}'
 * With `seconds` instead of `total` it runs for that long, with `until` until there is such a file; each client waits for
 * `pauseMs` after each tunnel. Prints one JSON line: {"counts": {"200": n, "403": m, ...}, "samples": ..., "slowestMs": the
 * longest time to an answer, "p99Ms": that of 99 of 100, "endedAt": milliseconds since the epoch}; what is no HTTP answer counts under its error code.
 */
import { existsSync } from 'node:fs';
import { connect } from 'node:net';

const {
  target,
  concurrency = 16,
  total = Infinity,
  seconds = Infinity,
  pauseMs = 0,
  until: mark,
} = JSON.parse(process.argv[2]);
const proxy = new URL(process.env.HTTPS_PROXY);
const counts = {};
const samples = {};
const until = Date.now() + seconds * 1000;
let begun = 0;
let slowestMs = 0;
/** Answers by their time in milliseconds. */
const times = new Map();

function count(key, detail) {
  counts[key] = (counts[key] ?? 0) + 1;
  if (key !== '200' && samples[key] === undefined) samples[key] = detail;
}

function once() {
  return new Promise((resolve) => {
    const socket = connect(Number(proxy.port), proxy.hostname);
    let head = '';
    const start = Date.now();
    const leave = () => {
      socket.removeAllListeners();
      socket.on('error', () => {});
      socket.destroy();
    };
    const done = (key, detail) => {
      leave();
      count(key, detail);
      const took = Date.now() - start;
      slowestMs = Math.max(slowestMs, took);
      times.set(took, (times.get(took) ?? 0) + 1);
      setTimeout(resolve, pauseMs);
    };
    // This pod has used up its ports for a minute, which says nothing of the proxy: another one is made later.
    const later = () => {
      leave();
      begun -= 1;
      setTimeout(resolve, 200);
    };
    socket.setTimeout(45_000, () => done('timeout'));
    socket.on('error', ({ code }) => (code === 'EADDRNOTAVAIL' ? later() : done(code)));
    socket.on('close', () => done('closed', head));
    socket.on('connect', () => socket.write(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n\r\n`));
    socket.on('data', (chunk) => {
      head += chunk.toString('latin1');
      if (head.includes('\r\n\r\n')) done(head.slice(9, 12), head.slice(0, 600));
    });
  });
}

async function worker() {
  while (begun < total && Date.now() < until && !(mark && existsSync(mark))) {
    begun += 1;
    await once();
  }
}

function percentile(share) {
  const sorted = [...times].sort(([a], [b]) => a - b);
  let left = share * sorted.reduce((sum, [, count]) => sum + count, 0);
  for (const [took, count] of sorted) {
    left -= count;
    if (left <= 0) return took;
  }
  return slowestMs;
}

await Promise.all(Array.from({ length: concurrency }, worker));
const p99Ms = percentile(0.99);
process.stdout.write(`${JSON.stringify({ counts, samples, slowestMs, p99Ms, endedAt: Date.now() })}\n`);
