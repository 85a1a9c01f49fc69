/**
 * Asks the proxy for an upgrade with a GET, as a program with HTTP_PROXY does. Prints the response's status line, then what
 * it reads; sends what it gets on stdin. Ends with the connection.
 *   node websocket-process.ts '{"host", "port", "source", "url", "protocol"}'
 */
import { request } from 'node:http';

export interface WebSocketAttempt {
  host: string;
  port: number;
  source: string;
  url: string;
  /** The value of the header Upgrade. */
  protocol: string;
}

const { host, port, source, url, protocol } = JSON.parse(process.argv[2] ?? '') as WebSocketAttempt;
const asking = request({
  host,
  port,
  localAddress: source,
  path: url,
  headers: {
    host: new URL(url).host,
    connection: 'Upgrade',
    upgrade: protocol,
    'sec-websocket-version': '13',
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
  },
});
const print = (status: number | undefined) => process.stdout.write(`${status}\n`);
asking.on('upgrade', ({ statusCode }, socket, head) => {
  print(statusCode);
  process.stdout.write(head);
  socket.on('error', () => {});
  socket.on('close', () => process.exit());
  socket.pipe(process.stdout);
  process.stdin.pipe(socket);
});
asking.on('response', (response) => {
  print(response.statusCode);
  response.pipe(process.stdout);
});
asking.on('error', ({ message }) => process.stdout.write(`${message}\n`));
asking.end();
