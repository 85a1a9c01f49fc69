import { createServer, type Server, type Socket } from 'node:net';
import { unnamed } from '../rules/index.ts';
import { type HelloReading, readClientHello } from './client-hello.ts';
import { connectThrough, logNoTunnel } from './connect-through.ts';
import { type ForwarderOptions, originalPort } from './forwarder-options.ts';
import { joinStreams } from './join-streams.ts';

/** Fatal alerts of RFC 8446, 6, which a client reads as if the server sent them. */
const alert = { accessDenied: 49, internalError: 80 } as const;

/** Forwards connections for port 443 through the proxy, to the name in their ClientHello. TLS stays end to end. */
export function tlsForwarder(options: ForwarderOptions): Server {
  return createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    client.on('error', () => client.destroy());
    forward(client, options).catch((err: unknown) => {
      options.log.error({ err }, 'a connection failed');
      client.destroy();
    });
  });
}

async function forward(client: Socket, options: ForwarderOptions): Promise<void> {
  const hello = await readHello(client, options.helloTimeoutMs);
  if (hello === undefined) {
    options.log.warn({ port: originalPort.https }, 'denied: the program sent no complete TLS ClientHello');
    client.destroy();
    return;
  }
  const { bytes, reading } = hello;
  const name = reading.kind === 'name' ? reading.name : unnamed[reading.reason];
  const clientClosed = new AbortController();
  const onClose = () => clientClosed.abort();
  client.once('close', onClose);
  const result = await connectThrough(`${asHost(name)}:${originalPort.https}`, options, clientClosed.signal);
  client.removeListener('close', onClose);
  if (result.kind !== 'tunnel') {
    if (!clientClosed.signal.aborted) logNoTunnel(options, { name, port: originalPort.https, ...result });
    client.end(alertRecord(result.kind === 'denied' ? alert.accessDenied : alert.internalError));
    // Ends our side even if the program never closes its own.
    client.resume().setTimeout(options.helloTimeoutMs, () => client.destroy());
    return;
  }
  joinStreams({ client, origin: result.socket, fromClient: bytes, fromOrigin: result.head });
}

/** Undefined if the program sent too little, closed the connection or took too long. */
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

/** Brackets an IPv6 address, which a client can send as server name, so that its last group is not read as a port. */
function asHost(name: string): string {
  return name.includes(':') ? `[${name}]` : name;
}

function alertRecord(description: number): Buffer {
  return Buffer.from([21, 3, 3, 0, 2, 2, description]);
}
