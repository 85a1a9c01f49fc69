import { connect } from 'node:net';

/** What became of a new TCP connection. `refused` is also what a firewall that rejects makes of it. */
export type Attempt = 'connected' | 'refused' | 'timeout';

/** Opens a TCP connection and closes it again. Never rejects. */
export function tryConnect(host: string, port: number, timeoutMs: number): Promise<Attempt> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (attempt: Attempt) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(attempt);
    };
    const timer = setTimeout(() => end('timeout'), timeoutMs);
    socket.once('connect', () => end('connected'));
    socket.once('error', () => end('refused'));
  });
}
