import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** Linux takes the ports of outgoing connections from 32768 on: such a port is soon taken by another process. */
const LOWEST = 20_000;
const END = 30_000;

/** Ports that no process listens on now, and that no outgoing connection gets. */
export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) {
    const port = randomInt(LOWEST, END);
    if (await isFree(port)) ports.add(port);
  }
  return [...ports];
}

function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
