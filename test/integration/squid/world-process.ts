/**
 * The world outside, for one network namespace: origin servers and a nameserver. Told by its parent what names mean;
 * tells what it was asked.
 */
import { createSocket } from 'node:dgram';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { type Answer, decode, encode, type Packet } from 'dns-packet';
import { INSIDE, NAMESERVER, ORIGIN } from './addresses.ts';

/** Addresses by name; an alias as `CNAME target`. A TTL is one second. */
export type Zone = Record<string, string[]>;
export type WorldMessage = { zone: Zone } | 'queries';

let zone: Zone = {};
const queries: string[] = [];

process.on('message', (message: WorldMessage) => {
  if (message === 'queries') process.send?.({ queries: queries.splice(0) });
  else {
    zone = message.zone;
    process.send?.({ zoned: true });
  }
});

function serveOrigin(request: IncomingMessage, response: ServerResponse): void {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://origin');
  const delay = Number(searchParams.get('delay') ?? 0);
  setTimeout(() => response.end(`hello from ${request.socket.localAddress} ${pathname}\n`), delay);
}

const ttl = 1;
function resolve(query: Packet): Packet {
  const [question] = query.questions ?? [];
  const name = (question?.name ?? '').toLowerCase();
  const type = question?.type === 'AAAA' ? 'AAAA' : 'A';
  queries.push(`${question?.type} ${name}`);
  return {
    type: 'response',
    ...(query.id !== undefined && { id: query.id }),
    flags: (1 << 8) | (1 << 7) | (zone[name] === undefined ? 3 : 0),
    questions: query.questions ?? [],
    answers: recordsOf(name, type),
  };
}

/** The name's own addresses, and an alias with those behind it. */
function recordsOf(name: string, type: 'A' | 'AAAA'): Answer[] {
  const wanted = type === 'AAAA' ? /:/ : /^[\d.]+$/;
  return (zone[name] ?? []).flatMap((entry): Answer[] => {
    const [, alias] = /^CNAME (.+)/.exec(entry) ?? [];
    if (alias !== undefined) return [{ type: 'CNAME', name, ttl, data: alias }, ...recordsOf(alias, type)];
    return wanted.test(entry) ? [{ type, name, ttl, data: entry }] : [];
  });
}

const nameserver = createSocket('udp4');
nameserver.on('message', (message, peer) => {
  nameserver.send(encode(resolve(decode(message))), peer.port, peer.address);
});
nameserver.bind(53, NAMESERVER);
for (const address of [ORIGIN, INSIDE]) {
  for (const port of [80, 443, 8080]) createServer(serveOrigin).listen(port, address);
}
/** Takes a connection and says nothing: for load that counts CONNECTs. */
createTcpServer((socket) => socket.on('error', () => {}).resume()).listen(9, ORIGIN, () =>
  process.send?.({ listening: true }),
);
