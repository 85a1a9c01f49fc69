import { createServer, type Server, type Socket } from 'node:net';
import { unnamed } from '../rules/index.ts';
import { type HelloReading, readClientHello } from './client-hello.ts';
import { connectThrough } from './connect-through.ts';
import { type Forwarding, meantPort } from './forwarding.ts';
import { joinStreams } from './join-streams.ts';

/** RFC 8446, 6: the fatal alerts that a client is shown, as it would see them from a server. */
const alert = { accessDenied: 49, internalError: 80 } as const;

/** Takes what a program sends to port 443 to the proxy, by the name in its ClientHello. TLS itself passes unopened. */
export function tlsForwarder(forwarding: Forwarding): Server {
  return createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    client.on('error', () => client.destroy());
    forward(client, forwarding).catch((err: unknown) => {
      forwarding.log.error({ err }, 'a connection is given up');
      client.destroy();
    });
  });
}

async function forward(client: Socket, forwarding: Forwarding): Promise<void> {
  const hello = await readHello(client, forwarding.helloMs);
  if (hello === undefined) {
    forwarding.log.warn({ port: meantPort.https }, 'refused: the program did not say where it wants to go');
    client.destroy();
    return;
  }
  const { bytes, reading } = hello;
  const name = reading.kind === 'name' ? reading.name : unnamed[reading.reason];
  const gone = new AbortController();
  const onClose = () => gone.abort();
  client.once('close', onClose);
  const connected = await connectThrough(`${asHost(name)}:${meantPort.https}`, forwarding, gone.signal);
  client.removeListener('close', onClose);
  if (connected.kind !== 'tunnel') {
    if (!gone.signal.aborted) forwarding.log.warn({ name, port: meantPort.https, ...connected }, 'refused');
    client.end(alertRecord(connected.kind === 'refused' ? alert.accessDenied : alert.internalError));
    // A program that never closes its side must not keep ours.
    client.resume().setTimeout(forwarding.helloMs, () => client.destroy());
    return;
  }
  joinStreams({ client, origin: connected.socket, sent: bytes, given: connected.head });
}

/** Undefined: the program said nothing, went away, or took too long. */
function readHello(
  client: Socket,
  limitMs: number,
): Promise<{ bytes: Buffer; reading: Exclude<HelloReading, { kind: 'more' }> } | undefined> {
  return new Promise((resolve) => {
    let bytes: Buffer = Buffer.alloc(0);
    const done = (outcome: Awaited<ReturnType<typeof readHello>>) => {
      client.setTimeout(0);
      client.pause();
      client.off('data', onData).off('end', onEnd).off('close', onEnd).off('timeout', onEnd);
      resolve(outcome);
    };
    const onEnd = () => done(undefined);
    const onData = (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      const reading = readClientHello(bytes);
      if (reading.kind !== 'more') done({ bytes, reading });
    };
    client.setTimeout(limitMs);
    client.on('data', onData).on('end', onEnd).on('close', onEnd).on('timeout', onEnd);
  });
}

/** A server name is no address, but an IPv6 address in its place must not be taken for a port. */
function asHost(name: string): string {
  return name.includes(':') ? `[${name}]` : name;
}

function alertRecord(description: number): Buffer {
  return Buffer.from([21, 3, 3, 0, 2, 2, description]);
}
