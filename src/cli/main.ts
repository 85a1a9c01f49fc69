/** The entry point of the kubectl plugin, which is built as the one file `kubectl-egress`. */
import { text } from 'node:stream/consumers';
import { runCli } from './run-cli.ts';

// The reader of a pipe has ended, such as head: that is no fault.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 3));
// 128 and the number of the signal, as shells have it.
process.once('SIGINT', () => process.exit(130));

const { NO_COLOR, TERM } = process.env;
runCli(process.argv.slice(2), {
  print: (out) => process.stdout.write(out),
  note: (out) => process.stderr.write(out),
  readInput: () => text(process.stdin),
  colors: process.stdout.isTTY === true && !NO_COLOR && TERM !== 'dumb',
  now: Date.now,
}).then((code) => {
  process.exitCode = code;
});
