import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { helloOf, inRecords, recordedHellos, withExtension } from './client-hello.fixture.ts';
import { readClientHello } from './client-hello.ts';

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

  test('followed by records of other types, such as early data', () => {
    const early = Buffer.concat([
      hello,
      Buffer.from([20, 3, 3, 0, 1, 1]),
      Buffer.from([23, 3, 3, 0, 2, 7, 7]),
    ]);
    expect(readClientHello(early)).toEqual({ kind: 'name', name: 'api.example.com' });
  });

  test.each(recordedHellos)(
    'of a real client, and every incomplete hello of it needs more bytes: $client',
    ({ hello: real }) => {
      for (const bytes of [real, inRecords(real, 100)]) {
        expect(readClientHello(bytes)).toEqual({ kind: 'name', name: 'api.example.com' });
        for (let end = 0; end < bytes.length; end += 1)
          expect(readClientHello(bytes.subarray(0, end)).kind).toBe('more');
      }
    },
  );

  test('every incomplete hello needs more bytes', () => {
    for (let end = 0; end < hello.length; end += 1) {
      expect(readClientHello(hello.subarray(0, end))).toEqual({ kind: 'more' });
    }
  });

  test('a hello without a server name', () => {
    expect(readClientHello(nameless)).toEqual(unnamed('noServerName'));
  });

  test('an encrypted server name, and the outer name beside it', () => {
    const ech = Buffer.from([0, 0, 1, 0, 1, 7, 0, 0, 0, 0]);
    expect(readClientHello(withExtension(nameless, 0xfe0d, ech))).toEqual(unnamed('encryptedServerName'));
    expect(readClientHello(withExtension(hello, 0xfe0d, ech))).toEqual({
      kind: 'name',
      name: 'api.example.com',
    });
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
