import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A TCP connection to a port of this machine whose cable is bad. */
export interface BreakingLink extends AsyncDisposable {
  readonly port: number;
  /** Connections that were broken. */
  readonly broken: number;
  /** Milliseconds by which every chunk is late from now on. */
  delayMs: number;
  /** Breaks every connection again and again until it is stopped, each after so many milliseconds. */
  breakEvery(ms: number): { stop(): void };
}

export async function startBreakingLink(target: number): Promise<BreakingLink> {
  const sockets = new Set<Socket>();
  let broken = 0;
  const link = { delayMs: 0 };
  const pipe = (from: Socket, to: Socket) => {
    sockets.add(from);
    from.on('error', () => {});
    from.on('close', () => {
      sockets.delete(from);
      to.destroy();
    });
    // Chunks stay in order: timers of equal lengths do.
    from.on('data', (chunk) => {
      if (link.delayMs === 0) to.write(chunk);
      else void sleep(link.delayMs).then(() => to.writable && to.write(chunk));
    });
  };
  const server = createServer((client) => {
    const upstream = connect(target, '127.0.0.1');
    pipe(client, upstream);
    pipe(upstream, client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const breakAll = () => {
    for (const socket of sockets) {
      broken += 1;
      socket.resetAndDestroy();
    }
  };
  return {
    port: (server.address() as AddressInfo).port,
    get broken() {
      return broken;
    },
    get delayMs() {
      return link.delayMs;
    },
    set delayMs(ms) {
      link.delayMs = ms;
    },
    breakEvery(ms: number) {
      const timer = setInterval(breakAll, ms);
      return { stop: () => clearInterval(timer) };
    },
    async [Symbol.asyncDispose]() {
      breakAll();
      server.close();
      await once(server, 'close');
    },
  };
}
