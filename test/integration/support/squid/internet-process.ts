/**
 * The internet simulator, for one network namespace: origin servers and a nameserver. Its parent sets what names mean;
 * tells what it was asked.
 */
import { createHash } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { createServer as createTcpServer } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { type Answer, decode, encode, type Packet } from 'dns-packet';
import { createAuthority, issueServingCertificate } from '../../../../src/tls/index.ts';
import { COUNTER_PORT, ELSEWHERE, GREETER_PORT, INSIDE, NAMESERVER, ORIGIN, TLS_PORT } from './addresses.ts';
import { answerParent } from './ipc-process.ts';

/**
 * Addresses by name; an alias as `CNAME target`. `turns`: an answer for each question, in turn. `SERVFAIL`: the
 * nameserver fails to say. `*.domain` with `SILENT`: it does not answer for names below the domain.
 */
export type Zone = Record<string, string[] | { turns: string[][] }>;
export type InternetMessage =
  | { zone: Zone; ttlSeconds: number }
  | 'queries'
  | 'arrivals'
  | 'listening'
  | 'answer';

/** A request that a server of the internet simulator, or the one inside, has read. */
export interface Arrival {
  /** The server's address, which is what the proxy dialled. */
  server: string;
  /** Who dialled: the proxy, or a parent of its own address. */
  client: string;
  port: number;
  method: string;
  path: string;
  host: string;
  /** The server name of the client, if it spoke TLS and sent one. */
  sni?: string;
  /** Their names. */
  headers: string[];
}

/** RFC 6455, 1.3. */
const WEBSOCKET_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

let zone: Zone = {};
let ttl = 1;
const queries: string[] = [];
const arrivals: Arrival[] = [];
const asked = new Map<string, number>();
/** Answers that wait for the message `answer`. */
const held: (() => void)[] = [];

answerParent((message: InternetMessage) => {
  if (message === 'queries') return queries.splice(0);
  if (message === 'arrivals') return arrivals.splice(0);
  if (message === 'listening') return listening;
  if (message === 'answer') return held.splice(0).map((answer) => answer()).length;
  zone = message.zone;
  ttl = message.ttlSeconds;
  return undefined;
});

/** Port 8080 knows no WebSocket, and answers an upgrade as any other request. */
function acceptsUpgrade({ headers, socket }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === 'websocket' && socket.localPort !== 8080;
}

/** Changes to a WebSocket that sends back what it gets, byte by byte. */
function serveUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
  socket.on('error', () => socket.destroy());
  const accept = createHash('sha1').update(`${request.headers['sec-websocket-key']}${WEBSOCKET_GUID}`);
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept.digest('base64')}\r\n\r\n`,
  );
  socket.write(head);
  socket.pipe(socket);
}

function serveOrigin(request: IncomingMessage, response: ServerResponse): void {
  // What a proxy hands on need not be a URL.
  const { url = '/' } = request;
  const base = 'http://origin';
  const { pathname, searchParams } = URL.canParse(url, base) ? new URL(url, base) : new URL(base);
  const { localAddress = '', localPort = 0, remoteAddress = '' } = request.socket;
  const { method = '', headers } = request;
  arrivals.push({
    server: localAddress,
    client: remoteAddress,
    port: localPort,
    method,
    path: pathname,
    host: headers.host ?? '',
    ...(isNamed(request.socket) && { sni: request.socket.servername }),
    headers: Object.keys(headers),
  });
  const bytes = searchParams.get('bytes');
  if (bytes !== null) return void response.end(Buffer.alloc(Number(bytes)));
  const delay = Number(searchParams.get('delay') ?? 0);
  setTimeout(() => response.end(`hello from ${request.socket.localAddress} ${pathname}\n`), delay);
}

function isNamed(socket: object): socket is TLSSocket & { servername: string } {
  return 'servername' in socket && typeof socket.servername === 'string' && socket.servername !== '';
}

function isSilent({ questions: [question] = [] }: Packet): boolean {
  const [, ...domain] = (question?.name ?? '').toLowerCase().split('.');
  const entry = zone[`*.${domain.join('.')}`];
  return Array.isArray(entry) && entry.includes('SILENT');
}

function resolve(query: Packet): Packet {
  const [question] = query.questions ?? [];
  const name = (question?.name ?? '').toLowerCase();
  const type = question?.type === 'AAAA' ? 'AAAA' : 'A';
  queries.push(`${question?.type} ${name}`);
  return {
    type: 'response',
    ...(query.id !== undefined && { id: query.id }),
    flags: (1 << 8) | (1 << 7) | rcodeOf(name),
    questions: query.questions ?? [],
    answers: recordsOf(name, type),
  };
}

function rcodeOf(name: string): number {
  const entry = zone[name];
  if (entry === undefined) return 3;
  return Array.isArray(entry) && entry.includes('SERVFAIL') ? 2 : 0;
}

function answerTo(name: string, type: string): string[] {
  const entry = zone[name] ?? [];
  if (Array.isArray(entry)) return entry;
  const question = `${type} ${name}`;
  const turn = asked.get(question) ?? 0;
  asked.set(question, turn + 1);
  return entry.turns[turn % entry.turns.length] ?? [];
}

/** The name's own addresses, and an alias with those behind it. */
function recordsOf(name: string, type: 'A' | 'AAAA'): Answer[] {
  const wanted = type === 'AAAA' ? /:/ : /^[\d.]+$/;
  return answerTo(name, type).flatMap((entry): Answer[] => {
    const [, alias] = /^CNAME (.+)/.exec(entry) ?? [];
    if (alias !== undefined) return [{ type: 'CNAME', name, ttl, data: alias }, ...recordsOf(alias, type)];
    return wanted.test(entry) ? [{ type, name, ttl, data: entry }] : [];
  });
}

const nameserver = createSocket('udp4');
nameserver.on('message', (message, peer) => {
  const query = decode(message);
  if (!isSilent(query)) nameserver.send(encode(resolve(query)), peer.port, peer.address);
});
nameserver.bind(53, NAMESERVER);
const servers = [ORIGIN, ELSEWHERE, INSIDE].flatMap((address) =>
  [80, 443, 8080].map((port) =>
    createServer({ shouldUpgradeCallback: acceptsUpgrade }, serveOrigin)
      .on('upgrade', serveUpgrade)
      .listen(port, address),
  ),
);
/** Serves every name over TLS. */
async function listenTls(): Promise<void> {
  const now = Date.now();
  const authority = await createAuthority({ now });
  const pair = await issueServingCertificate({ authority, now, names: ['*.example.com'] });
  await once(createTlsServer(pair, serveOrigin).listen(TLS_PORT, ORIGIN), 'listening');
}
/** Speaks first, as a mail server does, and repeats what it reads. */
const greeter = createTcpServer((socket) => {
  socket.on('error', () => {}).write('220 mail.example.com ESMTP\r\n');
  socket.pipe(socket);
}).listen(GREETER_PORT, ORIGIN);
/**
 * Counts what it reads, and answers after its client's end: `LENGTH` bytes more if the client sent `+LENGTH`, never for `-`, and
 * for `?` at the message `answer`.
 */
const counter = createTcpServer({ allowHalfOpen: true }, (socket) => {
  let bytes = 0;
  let start = '';
  socket
    .on('error', () => {})
    .on('data', (chunk) => {
      bytes += chunk.length;
      start = (start + chunk.toString('latin1')).slice(0, 20);
    });
  socket.on('end', () => {
    if (start.startsWith('-')) return;
    const answer = () => {
      socket.write(`counted ${bytes}\n`);
      socket.end(Buffer.alloc(Number(/^\+(\d+)/.exec(start)?.[1] ?? 0), 'b'));
    };
    if (start.startsWith('?')) held.push(answer);
    else answer();
  });
}).listen(COUNTER_PORT, ORIGIN);
/** Takes a connection and says nothing: for load that counts CONNECTs. */
const silent = createTcpServer((socket) => socket.on('error', () => {}).resume()).listen(9, ORIGIN);
const listening = Promise.all([
  listenTls(),
  ...[nameserver, ...servers, greeter, counter, silent].map((server) => once(server, 'listening')),
]).then(() => true);
