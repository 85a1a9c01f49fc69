import type { Tunnel } from './tunnel.ts';

/** A tunnel of a pod, by default from 10.0.0.7 port 4711 to h.example:443. */
export function tunnelOf(
  id: string,
  { port = 4711, ...more }: Partial<Tunnel> & { port?: number } = {},
): Tunnel {
  return {
    id,
    client: { address: '10.0.0.7', port },
    podUid: 'u',
    request: { method: 'CONNECT', host: 'h.example', port: 443, scheme: undefined },
    addresses: undefined,
    known: {
      id,
      time: '2026-01-01T00:00:00.000Z',
      namespace: 'my-app',
      target: 'h.example:443',
      verdict: 'allow',
      bytesReceived: 0,
      bytesSent: 0,
      durationMs: 0,
    },
    revoked: false,
    ...more,
  };
}
