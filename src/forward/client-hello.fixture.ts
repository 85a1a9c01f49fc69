import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { type ConnectionOptions, connect } from 'node:tls';

/** What OpenSSL sends first. */
export async function helloOf(
  servername: string | undefined,
  options: ConnectionOptions = {},
): Promise<Buffer> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const client = connect({ port, host: '127.0.0.1', ...options, ...(servername ? { servername } : {}) });
  client.on('error', () => {});
  const [socket] = await once(server, 'connection');
  const [bytes] = await once(socket, 'data');
  client.destroy();
  server.close();
  return bytes as Buffer;
}

/** The hello with one more extension at the end. */
export function withExtension(hello: Buffer, type: number, content: Buffer): Buffer {
  const header = Buffer.alloc(4);
  header.writeUInt16BE(type, 0);
  header.writeUInt16BE(content.length, 2);
  const added = Buffer.concat([header, content]);
  const longer = Buffer.concat([hello, added]);
  const grow = (at: number, size: number) =>
    longer.writeUIntBE(longer.readUIntBE(at, size) + added.length, at, size);
  grow(3, 2);
  grow(6, 3);
  grow(extensionsAt(hello), 2);
  return longer;
}

function extensionsAt(hello: Buffer): number {
  const session = 5 + 4 + 2 + 32;
  const suites = session + 1 + hello.readUInt8(session);
  const compression = suites + 2 + hello.readUInt16BE(suites);
  return compression + 1 + hello.readUInt8(compression);
}

/** A message, cut into records of a few bytes. */
export function inRecords(hello: Buffer, size: number): Buffer {
  const message = hello.subarray(5);
  const records: Buffer[] = [];
  for (let at = 0; at < message.length; at += size) {
    const part = message.subarray(at, at + size);
    records.push(Buffer.from([22, 3, 1, part.length >> 8, part.length & 255]), part);
  }
  return Buffer.concat(records);
}

/** The first bytes of a real client that asks for https://api.example.com/; scripts/build/record-hellos.ts makes them. */
export interface RecordedHello {
  client: string;
  version: string;
  /** Base64. */
  hello: string;
}

export const recordedHellos: readonly { client: string; hello: Buffer }[] = (
  JSON.parse(
    readFileSync(new URL('recorded-hellos.fixture.json', import.meta.url), 'utf8'),
  ) as RecordedHello[]
).map(({ client, hello }) => ({ client, hello: Buffer.from(hello, 'base64') }));
