import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** A port of this machine whose connections continue elsewhere. */
export interface LocalPort {
  port: number;
  /** Ends its connections, too. */
  close: () => Promise<void>;
}

/** Listens on loopback, and joins each connection with one that `dial` opens. `port` 0 is any free one. */
export async function listenLocally(
  port: number,
  dial: () => Promise<Duplex>,
  onFailure: (error: unknown) => void,
): Promise<LocalPort> {
  const sockets = new Set<Socket>();
  const join = async (socket: Socket) => {
    try {
      await pipeline(socket, await dial(), socket);
    } catch (error) {
      // A browser that closes its connection is no failure.
      if (!socket.destroyed) onFailure(error);
      socket.destroy();
    }
  };
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => sockets.delete(socket));
    void join(socket);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
