import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

export interface Joint {
  client: Duplex;
  origin: Socket;
  /** What the client has sent already. */
  sent: Buffer;
  /** What the origin has. */
  given: Buffer;
}

/** Each direction ends by itself (half-close), and the end of one side is the end of both. */
export function joinStreams({ client, origin, sent, given }: Joint): void {
  origin.on('error', () => client.destroy());
  client.on('error', () => origin.destroy());
  client.on('close', () => origin.destroy());
  origin.on('close', () => client.end());
  origin.setNoDelay(true);
  origin.write(sent);
  if (given.length > 0) client.write(given);
  client.pipe(origin);
  origin.pipe(client);
}
