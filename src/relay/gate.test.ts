import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { helloOf, inRecords, recordedHellos, withExtension } from '../forward/client-hello.fixture.ts';
import { readClientHello } from '../forward/client-hello.ts';
import { GateProcess, type GateTunnel } from './gate-process.fixture.ts';

const NAME = 'api.example.com';
const ALERT = Buffer.from([21, 3, 3, 0, 2, 2, 49]);
const SERVER_NAME = 0;
const ECH = 0xfe0d;

const gate = new GateProcess();
let origin: Server;
/** What each connection to the origin has sent, in the order of the connections. */
let arrivals: { socket: Socket; bytes: Buffer; ended: boolean }[] = [];
let greeting = '';
let hello: Buffer;
let nameless: Buffer;
let other: Buffer;

const until = (what: () => boolean) => expect.poll(what, { timeout: 50_000, interval: 5 }).toBe(true);
const originPort = () => (origin.address() as { port: number }).port;
let count = 0;
const nextId = () => {
  count += 1;
  return `run-${count}`;
};
const reportOf = (id: string) => gate.reports.find((line) => line.startsWith(`${id} `));

beforeAll(async () => {
  origin = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    const arrival = { socket, bytes: Buffer.alloc(0), ended: false };
    arrivals.push(arrival);
    if (greeting !== '') socket.write(greeting);
    socket.on('data', (chunk) => {
      arrival.bytes = Buffer.concat([arrival.bytes, chunk]);
    });
    socket.on('end', () => {
      arrival.ended = true;
    });
    socket.on('error', () => {});
  }).listen(0, '127.0.0.1');
  await once(origin, 'listening');
  [hello, nameless, other] = await Promise.all([
    helloOf(NAME),
    helloOf(undefined),
    helloOf('files.example.com'),
  ]);
  await gate.start();
});

afterEach(() => {
  expect(gate.complaints).toBe('');
  expect(gate.runs).toBe(true);
  for (const { socket } of arrivals) socket.destroy();
  arrivals = [];
  greeting = '';
});

afterAll(() => {
  gate.kill();
  origin.close();
});

/** A tunnel to the origin. */
async function open(
  mode: 'enforce' | 'report' | 'pass',
  id: string,
  { name = NAME, addresses = '127.0.0.1' } = {},
): Promise<GateTunnel> {
  return gate.ask(`${name}:${originPort()}`, `${id} ${mode} ${name} ${addresses}`);
}

/** Opens a tunnel, sends the pieces, and returns what the agent hears and what arrived. */
async function checked(mode: 'enforce' | 'report', pieces: readonly Buffer[], { name = NAME } = {}) {
  const id = nextId();
  const tunnel = await open(mode, id, { name });
  expect(tunnel.status).toBe(200);
  await until(() => arrivals.length > 0);
  for (const piece of pieces) {
    tunnel.socket.write(piece);
    if (pieces.length > 1) await sleep(0);
  }
  await until(() => reportOf(id) !== undefined);
  const [, address, outcome, reason, sni] = reportOf(id)?.split(' ') ?? [];
  expect(address).toBe('127.0.0.1');
  const sent = Buffer.concat(pieces);
  if (outcome === 'passed') await until(() => arrivals.at(-1)?.bytes.length === sent.length);
  else await until(() => arrivals.at(-1)?.ended === true);
  const arrived = arrivals.at(-1)?.bytes ?? Buffer.alloc(0);
  expect(arrived.equals(outcome === 'passed' ? sent : Buffer.alloc(0))).toBe(true);
  if (outcome === 'ended') await until(() => tunnel.socket.readableEnded);
  const received = tunnel.received();
  tunnel.socket.destroy();
  arrivals = [];
  return { outcome, reason, sni, received };
}

/** The extension of a server name, as RFC 6066 has it. */
function serverNames(...names: [type: number, name: string][]): Buffer {
  const list = Buffer.concat(
    names.map(([type, name]) => Buffer.concat([Buffer.from([type, 0, name.length]), Buffer.from(name)])),
  );
  return Buffer.concat([Buffer.from([0, list.length]), list]);
}
const named = (...names: [number, string][]) => withExtension(nameless, SERVER_NAME, serverNames(...names));
const ech = Buffer.alloc(200, 7);
/** A hello of more than one packet, such as one with several post-quantum keys. */
const long = () => withExtension(hello, 0x0a0a, Buffer.alloc(9000));
const bytesOf = (bytes: Buffer) => Array.from(bytes, (_, at) => bytes.subarray(at, at + 1));

const passes: [string, () => Buffer[]][] = [
  ['the name', () => [hello]],
  ['the name in capitals and with a dot at its end', () => [named([0, 'API.Example.COM.'])]],
  ['a hello and what follows it', () => [Buffer.concat([hello, Buffer.alloc(100_000, 1)])]],
  ['TCP pieces of one byte', () => bytesOf(hello)],
  ['records of one byte', () => [inRecords(hello, 1)]],
  ['records of 60 bytes in pieces', () => bytesOf(inRecords(hello, 60))],
  ['a hello of more than one packet', () => [long().subarray(0, 1400), long().subarray(1400)]],
  ['a GREASE extension of an encrypted name', () => [withExtension(hello, ECH, ech)]],
];
const faults: [string, reason: string, sni: string, () => Buffer[]][] = [
  ['another name', 'ServerNameMismatch', 'files.example.com', () => [other]],
  ['another name in pieces', 'ServerNameMismatch', 'files.example.com', () => bytesOf(inRecords(other, 7))],
  ['a name below', 'ServerNameMismatch', 'a.api.example.com', () => [named([0, 'a.api.example.com'])]],
  ['two dots at its end', 'ServerNameMismatch', 'api.example.com..', () => [named([0, `${NAME}..`])]],
  [
    'a zero byte in the name',
    'ServerNameMismatch',
    'api.example.com%00.a',
    () => [named([0, `${NAME}\0.a`])],
  ],
  ['no name', 'NameMissing', '-', () => [nameless]],
  ['an encrypted name', 'NameEncrypted', '-', () => [withExtension(nameless, ECH, ech)]],
  [
    'an encrypted name with the outer name of a front server',
    'NameEncrypted',
    'files.example.com',
    () => [withExtension(other, ECH, ech)],
  ],
  [
    'two extensions with a name',
    'NotTLS',
    '-',
    () => [withExtension(hello, SERVER_NAME, serverNames([0, 'b.example']))],
  ],
  ['two names in one extension', 'NotTLS', '-', () => [named([0, NAME], [0, 'b.example'])]],
  ['a name of another type', 'NotTLS', '-', () => [named([1, NAME])]],
  ['an empty name', 'NotTLS', '-', () => [named([0, ''])]],
  ['plain HTTP', 'NotTLS', '-', () => [Buffer.from('GET / HTTP/1.1\r\nHost: api.example.com\r\n\r\n')]],
  ['SSH', 'NotTLS', '-', () => [Buffer.from('SSH-2.0-OpenSSH_10.0\r\n')]],
  ['an SSLv2 hello', 'NotTLS', '-', () => [Buffer.from('802e0103010015000000100100800300', 'hex')]],
  ['a ServerHello', 'NotTLS', '-', () => [Buffer.from([22, 3, 3, 0, 5, 2, 0, 0, 1, 0])]],
  ['an empty record', 'NotTLS', '-', () => [Buffer.from([22, 3, 1, 0, 0])]],
  ['a hello that is too long', 'NotTLS', '-', () => [Buffer.from([22, 3, 1, 0, 4, 1, 1, 0, 0])]],
];

/** What the gate may say of bytes that the reader of transparent mode reads like this. */
function verdicts(bytes: Buffer): string[] {
  const reading = readClientHello(bytes);
  if (reading.kind === 'more') return ['ended NotTLS'];
  const isName = reading.kind === 'name' && reading.name.toLowerCase() === NAME;
  // The gate refuses what could be read in two ways.
  const strict = ['ended NotTLS', 'ended NameMissing', 'ended ServerNameMismatch', 'ended NameEncrypted'];
  return isName ? ['passed -', ...strict] : strict;
}

describe('the gate', () => {
  it.each(passes)('passes %s', async (_, pieces) => {
    for (const mode of ['enforce', 'report'] as const)
      expect(await checked(mode, pieces())).toMatchObject({ outcome: 'passed', reason: '-' });
  });

  it.each(faults)(
    'ends a tunnel with %s as %s, and only reports it where that is wanted',
    async (_, reason, sni, pieces) => {
      const { received, ...ended } = await checked('enforce', pieces());
      expect(ended).toEqual({ outcome: 'ended', reason, sni });
      expect(received.equals(reason === 'NotTLS' ? Buffer.alloc(0) : ALERT)).toBe(true);
      expect(await checked('report', pieces())).toMatchObject({ outcome: 'passed', reason, sni });
    },
  );

  it.each(recordedHellos)(
    'passes what a real client sends, in two pieces: $client',
    async ({ hello: real }) => {
      const passed = { outcome: 'passed', reason: '-', sni: NAME };
      expect(await checked('enforce', [real.subarray(0, 100), real.subarray(100)])).toMatchObject(passed);
      const { outcome, sni } = await checked('enforce', [real], { name: 'other.example.com' });
      expect({ outcome, sni }).toEqual({ outcome: 'ended', sni: NAME });
    },
  );

  it('takes TLS 1.2 and ALPN', async () => {
    for (const options of [{ maxVersion: 'TLSv1.2' as const }, { ALPNProtocols: ['h2', 'http/1.1'] }])
      expect(await checked('enforce', [await helloOf(NAME, options)])).toMatchObject({
        outcome: 'passed',
        sni: NAME,
      });
  });

  it('ends a tunnel whose hello ends too early, and passes nothing of it', async () => {
    for (const length of [1, 4, 5, 6, 60, hello.length - 1]) {
      const id = nextId();
      const tunnel = await open('enforce', id);
      tunnel.socket.end(hello.subarray(0, length));
      await until(() => reportOf(id) !== undefined);
      expect(reportOf(id)).toBe(`${id} 127.0.0.1 ended NotTLS -`);
      await until(() => arrivals.at(-1)?.ended === true);
      expect(arrivals.at(-1)?.bytes.length).toBe(0);
    }
  });

  it('says of any bytes what the reader of transparent mode says, or that they are no TLS', async () => {
    const change = fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 }));
    await fc.assert(
      fc.asyncProperty(fc.array(change, { maxLength: 3 }), fc.boolean(), async (changes, split) => {
        const bytes = Buffer.from(split ? inRecords(hello, 50) : hello);
        for (const [at, value] of changes) bytes.writeUInt8(value, at % bytes.length);
        const id = nextId();
        const tunnel = await open('enforce', id);
        tunnel.socket.end(bytes);
        await until(() => reportOf(id) !== undefined);
        expect(verdicts(bytes)).toContain(reportOf(id)?.split(' ').slice(2, 4).join(' '));
        tunnel.socket.destroy();
      }),
      { numRuns: 150 },
    );
  });

  it('passes what the server says first, and checks the answer', async () => {
    greeting = '220 mail.example.com ESMTP\r\n';
    const id = nextId();
    const tunnel = await open('enforce', id);
    await until(() => tunnel.received().toString() === greeting);
    tunnel.socket.write('EHLO pod\r\n');
    await until(() => tunnel.socket.readableEnded);
    expect(reportOf(id)).toBe(`${id} 127.0.0.1 ended NotTLS -`);
    expect(arrivals[0]?.bytes.length).toBe(0);
  });

  it('passes both directions, and the end of each by itself', async () => {
    const tunnel = await open('enforce', nextId());
    const sent = Buffer.concat([hello, Buffer.alloc(5_000_000, 3)]);
    tunnel.socket.end(sent);
    await until(() => arrivals[0]?.ended === true);
    expect(arrivals[0]?.bytes.equals(sent)).toBe(true);
    arrivals[0]?.socket.end(Buffer.alloc(5_000_000, 4));
    await until(() => tunnel.socket.readableEnded);
    expect(tunnel.received().equals(Buffer.alloc(5_000_000, 4))).toBe(true);
  });

  it('lets go of a tunnel whose client is reset after its end, though the server keeps its side', async () => {
    const before = gate.descriptors;
    const tunnel = await open('enforce', nextId());
    tunnel.socket.end(hello);
    await until(() => arrivals[0]?.ended === true);
    expect(gate.descriptors).toBeGreaterThan(before);
    tunnel.socket.resetAndDestroy();
    await until(() => gate.descriptors <= before);
    expect(arrivals[0]?.socket.destroyed).toBe(false);
  });

  it.each<[string, () => Buffer]>([
    ['what is no TLS', () => Buffer.from('SSH-2.0-OpenSSH_10.0\r\n')],
    ['the beginning of a hello', () => Buffer.from([22, 3])],
    ['a hello for another name', () => other],
  ])('passes %s immediately if nothing is compared, and says that it was not read', async (_, first) => {
    const id = nextId();
    const bytes = first();
    const tunnel = await open('pass', id);
    expect(tunnel.status).toBe(200);
    tunnel.socket.write(bytes);
    await until(() => arrivals[0]?.bytes.equals(bytes) === true);
    await until(() => reportOf(id) !== undefined);
    expect(reportOf(id)).toBe(`${id} 127.0.0.1 unread - -`);
    tunnel.socket.end();
    await until(() => arrivals[0]?.ended === true);
    arrivals[0]?.socket.end('answer');
    await until(() => tunnel.socket.readableEnded);
    expect(tunnel.received().toString()).toBe('answer');
  });

  it('answers 503 if no address accepts and nothing is compared', async () => {
    const id = nextId();
    expect((await open('pass', id, { addresses: '127.0.0.2' })).status).toBe(503);
    await until(() => reportOf(id) !== undefined);
    expect(reportOf(id)).toBe(`${id} 127.0.0.2 unread - -`);
  });

  it('connects to the first address that accepts', async () => {
    const id = nextId();
    // 127.0.0.2 refuses, since the origin listens on 127.0.0.1 alone; ::1 does too.
    const tunnel = await open('report', id, { addresses: '127.0.0.2,::1,127.0.0.1' });
    expect(tunnel.status).toBe(200);
    tunnel.socket.write(hello);
    await until(() => reportOf(id) !== undefined);
    expect(reportOf(id)).toBe(`${id} 127.0.0.1 passed - ${NAME}`);
    tunnel.socket.destroy();
  });

  it('answers 503 if no address accepts, and names the last one', async () => {
    const id = nextId();
    const tunnel = await open('enforce', id, { addresses: '127.0.0.2,127.0.0.3' });
    expect(tunnel.status).toBe(503);
    await until(() => reportOf(id) !== undefined);
    expect(reportOf(id)).toBe(`${id} 127.0.0.3 passed - -`);
  });

  it('reports a tunnel in which the client said nothing when it ends', async () => {
    const id = nextId();
    const tunnel = await open('enforce', id);
    expect(reportOf(id)).toBeUndefined();
    tunnel.socket.destroy();
    await until(() => reportOf(id) !== undefined);
    expect(reportOf(id)).toBe(`${id} 127.0.0.1 passed - -`);
  });

  it('tells an agent that was restarted of the open tunnels, and of those that ended meanwhile', async () => {
    const [openId, endedId] = [nextId(), nextId()];
    const tunnel = await open('enforce', openId);
    tunnel.socket.write(hello);
    await until(() => reportOf(openId) !== undefined);
    await gate.stopAgent();
    gate.reports = [];
    const ended = await open('enforce', endedId);
    ended.socket.write(other);
    await until(() => ended.socket.readableEnded);
    await gate.startAgent();
    await until(() => reportOf(openId) !== undefined && reportOf(endedId) !== undefined);
    expect(reportOf(endedId)).toBe(`${endedId} 127.0.0.1 ended ServerNameMismatch files.example.com`);
    tunnel.socket.destroy();
  });
});

describe('the gate, asked by something else than its Squid', () => {
  const line = (value: string) => `X-Kube-Egress-Gate: ${value}\r\n`;
  it.each([
    ['no header', 'CONNECT a.example:443 HTTP/1.1\r\n\r\n'],
    [
      'two headers',
      `CONNECT a.example:443 HTTP/1.1\r\n${line('i report a 127.0.0.1')}${line('i report a 127.0.0.1')}\r\n`,
    ],
    ['another method', `GET a.example:443 HTTP/1.1\r\n${line('i report a 127.0.0.1')}\r\n`],
    ['no port', `CONNECT a.example HTTP/1.1\r\n${line('i report a 127.0.0.1')}\r\n`],
    ['a port that is too large', `CONNECT a.example:65536 HTTP/1.1\r\n${line('i report a 127.0.0.1')}\r\n`],
    ['no address', `CONNECT a.example:443 HTTP/1.1\r\n${line('i report a ')}\r\n`],
    ['a name as address', `CONNECT a.example:443 HTTP/1.1\r\n${line('i report a localhost')}\r\n`],
    ['another mode', `CONNECT a.example:443 HTTP/1.1\r\n${line('i off a 127.0.0.1')}\r\n`],
    [
      'an id that is too long',
      `CONNECT a.example:443 HTTP/1.1\r\n${line(`${'i'.repeat(64)} report a 127.0.0.1`)}\r\n`,
    ],
  ])('closes the connection of a request with %s', async (_, request) => {
    const { status } = await gate.askRaw(request);
    expect(status).toBe(0);
    await until(() => gate.complaints.includes('not from its Squid'));
    gate.complaints = '';
    expect(arrivals).toEqual([]);
  });
});
