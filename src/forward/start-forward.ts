import { once } from 'node:events';
import type { Server } from 'node:net';
import { httpForwarder } from './forward-http.ts';
import { tlsForwarder } from './forward-tls.ts';
import type { Forwarding } from './forwarding.ts';

export interface ForwardOptions extends Forwarding {
  ports: { http: number; https: number };
}

/** REDIRECT leads to loopback, so that nobody outside the pod can reach the forwarder. */
const loopback = ['127.0.0.1', '::1'];

/** Listens on both families, as far as the pod has them; what comes back stops it. */
export async function startForward({ ports, ...forwarding }: ForwardOptions): Promise<() => void> {
  const servers: Server[] = [];
  for (const address of loopback) {
    for (const [server, port] of [
      [httpForwarder(forwarding), ports.http],
      [tlsForwarder(forwarding), ports.https],
    ] as const) {
      if (await listen(server, port, address)) servers.push(server);
    }
  }
  return () => {
    for (const server of servers) server.close();
  };
}

/** False: the pod has no such family. */
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
