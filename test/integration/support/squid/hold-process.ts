/**
 * Opens connections to the proxy and sends the beginning of a request on each, never its end. Prints how many the proxy
 * has left open after a second in which none was closed, and holds them until it is killed.
 *   node hold-process.ts '{"host", "port", "source", "connections", "headBytes"}'
 */
import { connect } from 'node:net';

interface Hold {
  host: string;
  port: number;
  source: string;
  connections: number;
  /** Bytes of the unfinished head on each connection. */
  headBytes: number;
}

const QUIET_MS = 1000;

const { host, port, source, connections, headBytes } = JSON.parse(process.argv[2] ?? '') as Hold;
const head = `GET http://ok.example.com/ HTTP/1.1\r\nX-Filling: ${'x'.repeat(headBytes)}`;
let open = 0;
let quiet: NodeJS.Timeout | undefined;

function settle(): void {
  clearTimeout(quiet);
  quiet = setTimeout(() => process.stdout.write(`${open}\n`), QUIET_MS);
}

for (let index = 0; index < connections; index += 1) {
  const socket = connect({ host, port, localAddress: source });
  socket.on('connect', () => {
    open += 1;
    socket.write(head);
    socket.on('close', () => {
      open -= 1;
      settle();
    });
    settle();
  });
  socket.on('error', settle);
  socket.resume();
}
