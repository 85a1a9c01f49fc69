import { type IncomingMessage, request } from 'node:http';
import type { Socket } from 'node:net';
import type { Forwarding } from './forwarding.ts';

export type Connected =
  | { kind: 'tunnel'; socket: Socket; head: Buffer }
  /** `decision`: what the proxy says of it, where it was the proxy that refused. */
  | { kind: 'refused'; status: number; decision: string | undefined }
  | { kind: 'unreachable'; why: string };

/** A tunnel through the proxy (CONNECT). `target`: `host:port`. Squid waits for the origin before it answers. */
export function connectThrough(
  target: string,
  { proxy }: Forwarding,
  signal: AbortSignal,
): Promise<Connected> {
  return new Promise((resolve) => {
    const asked = request({
      ...proxy,
      method: 'CONNECT',
      path: target,
      headers: { host: target },
      agent: false,
      signal,
    });
    asked.on('connect', (answer, socket: Socket, head) => {
      if (answer.statusCode === 200) {
        resolve({ kind: 'tunnel', socket, head });
        return;
      }
      socket.destroy();
      resolve(refusedBy(answer));
    });
    asked.on('response', (answer) => {
      answer.destroy();
      resolve(refusedBy(answer));
    });
    asked.on('error', (error) => resolve({ kind: 'unreachable', why: error.message }));
    asked.end();
  });
}

function refusedBy({ statusCode = 0, headers }: IncomingMessage): Connected {
  const decision = headers['x-egress-decision'];
  return {
    kind: 'refused',
    status: statusCode,
    decision: typeof decision === 'string' ? decision : undefined,
  };
}
