import { once } from 'node:events';
import { createServer } from 'node:net';
import { connect } from 'node:tls';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { readClientHello } from './client-hello.ts';

/** What OpenSSL sends first. */
async function helloOf(servername: string | undefined): Promise<Buffer> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const client = connect({ port, host: '127.0.0.1', ...(servername ? { servername } : {}) });
  client.on('error', () => {});
  const [socket] = await once(server, 'connection');
  const [bytes] = await once(socket, 'data');
  client.destroy();
  server.close();
  return bytes as Buffer;
}

/** The hello with one more extension at the end. */
function withExtension(hello: Buffer, type: number, content: Buffer): Buffer {
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
function inRecords(hello: Buffer, size: number): Buffer {
  const message = hello.subarray(5);
  const records: Buffer[] = [];
  for (let at = 0; at < message.length; at += size) {
    const part = message.subarray(at, at + size);
    records.push(Buffer.from([22, 3, 1, part.length >> 8, part.length & 255]), part);
  }
  return Buffer.concat(records);
}

let hello: Buffer;
let nameless: Buffer;
beforeAll(async () => {
  hello = await helloOf('api.example.com');
  nameless = await helloOf(undefined);
});

const unnamed = (reason: string) => ({ kind: 'unnamed', reason });

describe('readClientHello', () => {
  test('the server name', () => {
    expect(readClientHello(hello)).toEqual({ kind: 'name', name: 'api.example.com' });
  });

  test('in records of any size', () => {
    for (const size of [1, 7, 100]) {
      expect(readClientHello(inRecords(hello, size))).toEqual({ kind: 'name', name: 'api.example.com' });
    }
  });

  test('every incomplete hello needs more bytes', () => {
    for (let end = 0; end < hello.length; end += 1) {
      expect(readClientHello(hello.subarray(0, end))).toEqual({ kind: 'more' });
    }
  });

  test('a hello without a server name', () => {
    expect(readClientHello(nameless)).toEqual(unnamed('noServerName'));
  });

  test('an encrypted server name, even with a readable outer name', () => {
    const ech = Buffer.from([0, 0, 1, 0, 1, 7, 0, 0, 0, 0]);
    expect(readClientHello(withExtension(hello, 0xfe0d, ech))).toEqual(unnamed('encryptedServerName'));
  });

  test('a server name that is not printable', () => {
    const odd = Buffer.from(hello.toString('latin1').replace('api.example.com', 'api example com'), 'latin1');
    expect(readClientHello(odd)).toEqual(unnamed('noServerName'));
  });

  test.each([
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\n')],
    ['SSH', Buffer.from('SSH-2.0-OpenSSH_9.2\r\n')],
    ['another handshake message', Buffer.from([22, 3, 1, 0, 4, 2, 0, 0, 0])],
    ['an empty record', Buffer.from([22, 3, 1, 0, 0])],
    ['a hello of 16 MB', Buffer.from([22, 3, 1, 0, 4, 1, 255, 255, 255])],
    ['an SSL 2 hello', Buffer.from([0x80, 0x2e, 1, 3, 1])],
  ])('%s is not TLS', (_, bytes) => {
    expect(readClientHello(bytes)).toEqual(unnamed('notTls'));
  });

  test('never throws', () => {
    const flipped = fc
      .record({ at: fc.nat(hello.length - 1), value: fc.nat(255) })
      .map(({ at, value }) => Buffer.from(hello).fill(value, at, at + 1));
    fc.assert(
      fc.property(fc.oneof(flipped, fc.uint8Array({ maxLength: 600 })), (bytes) => {
        expect(['name', 'unnamed', 'more']).toContain(readClientHello(bytes).kind);
      }),
    );
  });
});
