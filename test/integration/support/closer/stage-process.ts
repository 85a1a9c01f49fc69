/** In a network namespace of its own: a server for both families, two clients of each, and the closer. Prints JSON. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { endConnections } from '../../../../src/agent/tunnels/index.ts';

const [main = '', path = ''] = process.argv.slice(2);
const PORT = 3128;
const OTHER_PORT = 3129;
/** As many as the agent names in one message. */
const MANY = 100;

async function listen(port: number): Promise<void> {
  const server = createServer((socket) => socket.on('error', () => {}).pipe(socket));
  server.listen(port, '::');
  await once(server, 'listening');
}

async function open(host: string, port = PORT): Promise<Socket> {
  const socket = connect(port, host).on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

async function isAlive(socket: Socket): Promise<boolean> {
  if (socket.destroyed) return false;
  const ended = once(socket, 'close').then(() => false);
  socket.write('echo');
  return Promise.race([once(socket, 'data').then(() => true), ended]);
}

const portOf = (socket: Socket) => (socket.address() as AddressInfo).port;
const end = (address: string, ...ports: number[]) =>
  endConnections(
    path,
    ports.map((port) => ({ address, port })),
  ).catch(String);

await listen(PORT);
await listen(OTHER_PORT);
const args = [main, 'closer', `--socket-path=${path}`, `--proxy-port=${PORT}`];
const closer = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'] });
while (!existsSync(path)) await sleep(20);

const found: Record<string, unknown> = {};
for (const address of ['127.0.0.1', '::1']) {
  const [gone, kept, elsewhere] = [await open(address), await open(address), await open(address, OTHER_PORT)];
  const many = await Promise.all(Array.from({ length: MANY }, () => open(address)));
  const port = portOf(gone);
  found[address] = {
    ended: await end(address, port),
    again: await end(address, port),
    elsewhere: await end(address, portOf(elsewhere)),
    many: await end(address, ...many.map(portOf)),
    alive: [await isAlive(gone), await isAlive(kept), await isAlive(elsewhere)],
  };
}
found['nonsense'] = await end('0.0.0.0/0', 1);
closer.kill();
process.stderr.write(`${JSON.stringify(found)}\n`);
process.exit(0);
