/** The entry point of the kubectl plugin, which is built as the one file `kubectl-egress`. */
import { constants } from 'node:os';
import { text } from 'node:stream/consumers';
import { runCli } from './run-cli.ts';

const interruption = new AbortController();
/** Whether the command ends by itself. */
let cleansUp = false;

function interrupt(code: number): void {
  if (!cleansUp || interruption.signal.aborted) process.exit(code);
  interruption.abort(new Error('interrupted'));
}

// The reader of a pipe has ended, such as head: that is no fault.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => interrupt(error.code === 'EPIPE' ? 0 : 3));
// 128 and the number of the signal, as shells have it.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => interrupt(128 + constants.signals[signal]));

const { NO_COLOR, TERM } = process.env;
runCli(process.argv.slice(2), {
  print: (out) => process.stdout.write(out),
  note: (out) => process.stderr.write(out),
  readInput: () => text(process.stdin),
  colors: process.stdout.isTTY === true && !NO_COLOR && TERM !== 'dumb',
  now: Date.now,
  interrupted() {
    cleansUp = true;
    return interruption.signal;
  },
}).then((code) => {
  process.exitCode = code;
});
