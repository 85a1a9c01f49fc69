/**
 * Loaded into a component (`node --import`): the longest time of the processor that its main thread used between two turns of
 * the event loop, and the part of it in which V8 collected garbage, in milliseconds. Each connection to `$LOOP_PROBE/PID.sock`
 * is answered with both, as JSON, and resets them. Other than the lag of the event loop it does not count what other processes
 * take. The turn in which the program is loaded is left out: nothing is served before it, and it takes 0.3 s.
 */
import { createServer } from 'node:net';
import { join } from 'node:path';
import { PerformanceObserver } from 'node:perf_hooks';

const NONE = { processor: 0, begin: 0, end: 0 };
let longest = NONE;
let collections = [];
new PerformanceObserver((list) => {
  collections.push(...list.getEntries().filter(({ duration }) => duration > 1));
}).observe({ entryTypes: ['gc'] });

let before;
let begin = performance.now();
// Each turn runs a timer that is due.
setInterval(() => {
  const { user, system } = process.threadCpuUsage(before);
  const processor = (user + system) / 1000;
  const end = performance.now();
  if (before !== undefined && processor > longest.processor) longest = { processor, begin, end };
  before = process.threadCpuUsage();
  begin = performance.now();
}, 1).unref();

function collected({ begin, end }) {
  const inside = collections.filter(({ startTime }) => begin <= startTime && startTime <= end);
  return inside.reduce((sum, { duration }) => sum + duration, 0);
}

createServer((socket) => {
  socket.on('error', () => {});
  socket.end(JSON.stringify({ turn: longest.processor, collected: collected(longest) }));
  longest = NONE;
  collections = [];
})
  .listen(join(process.env.LOOP_PROBE ?? '', `${process.pid}.sock`))
  .unref();
