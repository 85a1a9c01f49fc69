import { type IncomingMessage, request } from 'node:http';
import type { Socket } from 'node:net';
import type { ForwarderOptions } from './forwarder-options.ts';

export type ConnectResult =
  | { kind: 'tunnel'; socket: Socket; head: Buffer }
  /** `decision`: the proxy's explanation, if the proxy denied the tunnel. */
  | { kind: 'denied'; status: number; decision: string | undefined }
  | { kind: 'unreachable'; why: string };

/**
 * Opens a tunnel through the proxy (CONNECT) to `target`, `host:port`. Squid answers after it has reached the origin.
 */
export function connectThrough(
  target: string,
  { proxy }: ForwarderOptions,
  signal: AbortSignal,
): Promise<ConnectResult> {
  return new Promise((resolve) => {
    const connecting = request({
      ...proxy,
      method: 'CONNECT',
      path: target,
      headers: { host: target },
      agent: false,
      signal,
    });
    connecting.on('connect', (response, socket: Socket, head) => {
      if (response.statusCode === 200) {
        resolve({ kind: 'tunnel', socket, head });
        return;
      }
      socket.destroy();
      resolve(toDenied(response));
    });
    connecting.on('response', (response) => {
      response.destroy();
      resolve(toDenied(response));
    });
    connecting.on('error', (error) => resolve({ kind: 'unreachable', why: error.message }));
    connecting.end();
  });
}

function toDenied({ statusCode = 0, headers }: IncomingMessage): ConnectResult {
  const decision = headers['x-egress-decision'];
  return {
    kind: 'denied',
    status: statusCode,
    decision: typeof decision === 'string' ? decision : undefined,
  };
}

/** Logs why there is no tunnel. */
export function logNoTunnel(
  { log }: ForwarderOptions,
  fields: { name: string; port: number; kind: 'denied' | 'unreachable' },
): void {
  log.warn(fields, fields.kind === 'denied' ? 'denied' : 'the proxy is unreachable');
}
