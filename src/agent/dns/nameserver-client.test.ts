import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { decode, encode } from 'dns-packet';
import { afterEach, describe, expect, test } from 'vitest';
import { FakeClock } from '../../time/fake-clock.ts';
import { NameserverClient } from './nameserver-client.ts';
import { FAILED } from './records.ts';

/** Milliseconds. Even on a busy machine one of them is long enough. */
const tries = Array.from({ length: 200 }, () => 50);
const HERE = '127.0.0.1';
const open: Socket[] = [];
const queried: number[] = [];

afterEach(() => {
  for (const socket of open.splice(0)) socket.close();
  queried.length = 0;
});

/** Ignores the first `silent` queries, then answers with `rcode`, and with an address if that is 0. */
async function nameserver({
  silent = 0,
  rcode = 0,
  port = 0,
} = {}): Promise<{ address: string; port: number }> {
  const socket = createSocket('udp4').bind(port, HERE);
  open.push(socket);
  await once(socket, 'listening');
  socket.on('message', (message, from) => {
    const { id = 0, questions = [] } = decode(message);
    queried.push(from.port);
    if (queried.length <= silent) return;
    const answers = questions.map(({ name }) => ({ type: 'A' as const, name, data: '192.0.2.1', ttl: 60 }));
    const answer = {
      type: 'response' as const,
      id,
      flags: rcode,
      questions,
      answers: rcode === 0 ? answers : [],
    };
    socket.send(encode(answer), from.port, from.address);
  });
  return { address: HERE, port: (socket.address() as AddressInfo).port };
}

async function closedPort(): Promise<number> {
  const { port } = await nameserver();
  open.pop()?.close();
  return port;
}

const found = { rcode: 'NOERROR', addresses: ['192.0.2.1'], ttlSeconds: 60 };

describe('NameserverClient', () => {
  test('repeats an unanswered query, from another port', async () => {
    const nameservers = [await nameserver({ silent: 2 })];
    const client = new NameserverClient({ nameservers, tries: [50, 50, 30_000] });
    expect(await client.lookup('h.example', 'A')).toEqual(found);
    expect(queried).toHaveLength(3);
    expect(new Set(queried).size).toBeGreaterThan(1);
  });

  test('repeats a query to a port that was closed and has opened since', async () => {
    const port = await closedPort();
    const client = new NameserverClient({ nameservers: [{ address: HERE, port }], tries });
    const lookup = client.lookup('h.example', 'A');
    await new Promise((resolve) => setTimeout(resolve, 10));
    await nameserver({ port });
    expect(await lookup).toEqual(found);
  });

  test('queries the next nameserver if one does not answer', async () => {
    const nameservers = [{ address: HERE, port: await closedPort() }, await nameserver()];
    expect(await new NameserverClient({ nameservers, tries }).lookup('h.example', 'A')).toEqual(found);
  });

  test('leaves out a nameserver that is silent while another one answers, and tests it after a pause', async () => {
    const silent = await nameserver({ silent: 1000 });
    const answering = createSocket('udp4').bind(0, HERE);
    open.push(answering);
    await once(answering, 'listening');
    answering.on('message', (message, from) => {
      const { id = 0, questions = [] } = decode(message);
      answering.send(encode({ type: 'response', id, questions, answers: [] }), from.port, from.address);
    });
    const nameservers = [silent, { address: HERE, port: (answering.address() as AddressInfo).port }];
    const clock = new FakeClock();
    const client = new NameserverClient({ nameservers, tries, clock });
    for (let name = 0; name < 8; name += 1) await client.lookup(`n${name}.example`, 'A');
    const before = queried.length;
    await client.lookup('next.example', 'A');
    expect(queried).toHaveLength(before);
    await clock.advance(2000);
    await client.lookup('later.example', 'A');
    expect(queried.length).toBeGreaterThan(before);
  });

  test('asks all nameservers while all are silent', async () => {
    const nameservers = [await nameserver({ silent: 1000 }), await nameserver({ silent: 1000 })];
    const client = new NameserverClient({ nameservers, tries: [20], clock: new FakeClock() });
    for (let name = 0; name < 12; name += 1) await client.lookup(`n${name}.example`, 'A');
    await expect.poll(() => queried.length, { timeout: 30_000 }).toBe(24);
  });

  test('gives up after two SERVFAIL answers', async () => {
    const nameservers = [await nameserver({ rcode: 2 })];
    const client = new NameserverClient({ nameservers, tries: [30_000, 30_000, 30_000] });
    expect(await client.lookup('h.example', 'A')).toEqual(FAILED);
    expect(queried).toHaveLength(2);
  });

  test('gives up after the last try', async () => {
    const nameservers = [await nameserver({ silent: 99 })];
    const client = new NameserverClient({ nameservers, tries: [10, 20] });
    expect(await client.lookup('h.example', 'A')).toEqual(FAILED);
    // The last query can arrive after the look-up gave up.
    await expect.poll(() => queried, { timeout: 30_000 }).toHaveLength(2);
  });
});
