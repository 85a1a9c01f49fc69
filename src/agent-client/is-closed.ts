import { setTimeout as pause } from 'node:timers/promises';
import { tryConnect } from './try-connect.ts';

/** Milliseconds: two retransmissions of a lost SYN (RFC 6298: after 1 s and 3 s) fit into one try with room. */
const TRY = 2_000;
/** Milliseconds between two tries: longer than a server takes that is just being started again. */
const BETWEEN = 2_000;
const TRIES = 2;

/** Whether new connections do not come through: only when none of several tries does. */
export async function isClosed(host: string, port: number): Promise<boolean> {
  for (let left = TRIES; left > 0; left -= 1) {
    if ((await tryConnect(host, port, TRY)) === 'connected') return false;
    if (left > 1) await pause(BETWEEN);
  }
  return true;
}
