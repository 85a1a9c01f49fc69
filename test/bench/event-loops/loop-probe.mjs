/**
 * Loaded into a component (`node --import`): the longest time of the processor that its main thread used between two turns of
 * the event loop, in milliseconds. Each connection to `$LOOP_PROBE/PID.sock` is answered with it, and resets it. Other than the
 * lag of the event loop it does not count what other processes take. The turn in which the program is loaded is left out: nothing is
 * served before it, and it takes 0.3 s.
 */
import { createServer } from 'node:net';
import { join } from 'node:path';

let longest = 0;
let before;
// Each turn runs a timer that is due.
setInterval(() => {
  const { user, system } = process.threadCpuUsage(before);
  if (before !== undefined) longest = Math.max(longest, (user + system) / 1000);
  before = process.threadCpuUsage();
}, 1).unref();

createServer((socket) => {
  socket.on('error', () => {});
  socket.end(`${longest}\n`);
  longest = 0;
})
  .listen(join(process.env.LOOP_PROBE ?? '', `${process.pid}.sock`))
  .unref();
