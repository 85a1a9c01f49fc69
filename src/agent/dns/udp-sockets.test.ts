import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type DecodedPacket, decode, encode, type Packet } from 'dns-packet';
import { afterEach, describe, expect, it } from 'vitest';
import { buildQuery } from './query.ts';
import { UdpSockets } from './udp-sockets.ts';

const HERE = '127.0.0.1';
const LONG = 60_000;
const open: Socket[] = [];
afterEach(() => {
  for (const socket of open.splice(0)) socket.close();
});

interface Query {
  packet: DecodedPacket;
  port: number;
}

/** A nameserver whose answers the test sends. */
async function nameserver() {
  const socket = createSocket('udp4').bind(0, HERE);
  open.push(socket);
  await once(socket, 'listening');
  const queries: Query[] = [];
  socket.on('message', (message, { port }) => queries.push({ packet: decode(message), port }));
  const answer = ({ packet, port }: Query, change: Partial<Packet> = {}) =>
    socket.send(
      encode({ type: 'response', id: packet.id ?? 0, questions: packet.questions ?? [], ...change }),
      port,
      HERE,
    );
  const received = (count: number) => expect.poll(() => queries.length, { timeout: LONG }).toBe(count);
  return { address: HERE, port: (socket.address() as AddressInfo).port, queries, answer, received };
}

const nameIn = (packet: DecodedPacket) => packet.questions?.[0]?.name;

describe('UdpSockets', () => {
  it('gives each query a socket of its own up to the limit, and shares them beyond it', async () => {
    const server = await nameserver();
    const sockets = new UdpSockets(server, 4);
    const names = Array.from({ length: 40 }, (_, index) => `n${index}.example`);
    const answers = names.map((name) => sockets.ask(buildQuery(name, 'A'), LONG));
    expect(sockets.size).toBe(4);
    await server.received(40);
    const portOf = (name: string) => server.queries.find(({ packet }) => nameIn(packet) === name)?.port;
    expect(new Set(names.slice(0, 4).map(portOf)).size).toBe(4);
    expect(new Set(names.map(portOf)).size).toBe(4);
    for (const query of server.queries.toReversed()) server.answer(query);
    expect((await Promise.all(answers)).map(nameIn)).toEqual(names);
    expect(sockets.size).toBe(0);
  });

  it('does not take an answer with another id, name or type', async () => {
    const server = await nameserver();
    const sockets = new UdpSockets(server, 1);
    const answer = sockets.ask(buildQuery('h.example', 'A'), LONG);
    await server.received(1);
    const [query] = server.queries as [Query];
    server.answer(query, { id: ((query.packet.id ?? 0) + 1) % 65_536 });
    server.answer(query, { questions: [{ type: 'A', name: 'other.example' }] });
    server.answer(query, { questions: [{ type: 'AAAA', name: 'h.example' }] });
    server.answer(query, { type: 'query' });
    server.answer(query, { answers: [{ type: 'A', name: 'h.example', data: '192.0.2.7' }] });
    expect((await answer).answers).toMatchObject([{ data: '192.0.2.7' }]);
  });

  it('gives no port more than 64 queries while another can take the next one', async () => {
    const server = await nameserver();
    const sockets = new UdpSockets(server, 3);
    const names = Array.from({ length: 3 * 64 }, (_, index) => `n${index}.example`);
    const answers = names.map((name) => sockets.ask(buildQuery(name, 'A'), LONG));
    await server.received(names.length);
    const byPort = Map.groupBy(server.queries, ({ port }) => port);
    expect([...byPort.values()].map((queries) => queries.length)).toEqual([64, 64, 64]);
    for (const queries of byPort.values())
      expect(new Set(queries.map(({ packet }) => packet.id)).size).toBe(64);
    for (const query of server.queries) server.answer(query);
    await Promise.all(answers);
    expect(sockets.size).toBe(0);
  });

  it('ends a query without an answer, and closes its socket', async () => {
    const sockets = new UdpSockets(await nameserver(), 1);
    await expect(sockets.ask(buildQuery('h.example', 'A'), 10)).rejects.toThrow('timeout');
    expect(sockets.size).toBe(0);
  });

  it('ends all queries of a socket when the port is closed', async () => {
    const server = await nameserver();
    open.pop()?.close();
    const sockets = new UdpSockets(server, 1);
    const asked = ['a.example', 'b.example'].map((name) => sockets.ask(buildQuery(name, 'A'), LONG));
    const outcomes = await Promise.allSettled(asked);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(sockets.size).toBe(0);
  });
});
