import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** Outcome of a new TCP connection. A firewall that rejects also yields `refused`. */
export type ConnectResult = 'connected' | 'refused' | 'timeout';

/** Opens a TCP connection and closes it again. Never rejects. */
export function tryConnect(host: string, port: number, timeoutMs: number): Promise<ConnectResult> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (result: ConnectResult) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(result);
    };
    const timer = setTimeout(() => end('timeout'), timeoutMs);
    socket.once('connect', () => end('connected'));
    socket.once('error', () => end('refused'));
  });
}

/** Milliseconds of one attempt. A lost SYN is sent again after 1 s (RFC 6298), so one loss does not fail it. */
const ATTEMPT_TIMEOUT = 2_000;
/** Milliseconds between two attempts: longer than a server needs to restart. */
const PAUSE = 2_000;
const ATTEMPTS = 2;

/** Whether a port accepts no connection, such as one that a NetworkPolicy closes: true if every attempt fails. */
export async function isClosed(host: string, port: number): Promise<boolean> {
  for (let left = ATTEMPTS; left > 0; left -= 1) {
    if ((await tryConnect(host, port, ATTEMPT_TIMEOUT)) === 'connected') return false;
    if (left > 1) await pause(PAUSE);
  }
  return true;
}
