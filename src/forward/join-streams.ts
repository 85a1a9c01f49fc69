import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

export interface TunnelEnds {
  client: Duplex;
  origin: Socket;
  /** Bytes that were read from the client already. */
  fromClient: Buffer;
  /** Bytes that were read from the origin already. */
  fromOrigin: Buffer;
}

/** Joins two streams into a tunnel. Each direction can end by itself (half-close); when one side closes, both do. */
export function joinStreams({ client, origin, fromClient, fromOrigin }: TunnelEnds): void {
  origin.on('error', () => client.destroy());
  client.on('error', () => origin.destroy());
  client.on('close', () => origin.destroy());
  origin.on('close', () => client.end());
  origin.setNoDelay(true);
  origin.write(fromClient);
  if (fromOrigin.length > 0) client.write(fromOrigin);
  client.pipe(origin);
  origin.pipe(client);
}
