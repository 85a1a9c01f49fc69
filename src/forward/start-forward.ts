import { once } from 'node:events';
import type { Server } from 'node:net';
import type { ForwarderOptions } from './forwarder-options.ts';
import { httpForwarder } from './http-forwarder.ts';
import { tlsForwarder } from './tls-forwarder.ts';

export interface StartOptions extends ForwarderOptions {
  ports: { http: number; https: number };
}

/** The redirect leads to loopback, so that the forwarder is not reachable from outside the pod. */
const loopback = ['127.0.0.1', '::1'];

/** Listens on the pod's address families. The result stops it. */
export async function startForward({ ports, ...options }: StartOptions): Promise<() => void> {
  const servers: Server[] = [];
  for (const address of loopback) {
    for (const [server, port] of [
      [httpForwarder(options), ports.http],
      [tlsForwarder(options), ports.https],
    ] as const) {
      if (await listen(server, port, address)) servers.push(server);
    }
  }
  return () => {
    for (const server of servers) server.close();
  };
}

/** False if the pod does not have the address family. */
async function listen(server: Server, port: number, host: string): Promise<boolean> {
  try {
    server.listen({ port, host, backlog: 1024 });
    await once(server, 'listening');
    return true;
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (host === '::1' && (code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT')) return false;
    throw error;
  }
}
