import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { unnamed } from '../rules/index.ts';
import { connectThrough } from './connect-through.ts';
import { type Forwarding, meantPort } from './forwarding.ts';
import { joinStreams } from './join-streams.ts';
import { nameInHost } from './name-in-host.ts';

/** Takes what a program sends to port 80 to the proxy, each request by itself, as a program with HTTP_PROXY would. */
export function httpForwarder(forwarding: Forwarding): Server {
  const server = createServer({
    // A request without Host is refused by the proxy, with the reason, and not here.
    requireHostHeader: false,
    headersTimeout: forwarding.helloMs,
    // A body may take as long as it takes, and a client may think between two requests.
    requestTimeout: 0,
    keepAliveTimeout: 75_000,
    noDelay: true,
  });
  server.on('request', (asked, answer) => {
    try {
      forward(asked, answer, forwarding);
    } catch (error) {
      // Node reads a few bytes that it refuses to write.
      forwarding.log.warn({ port: meantPort.http, why: String(error) }, 'refused: this cannot be passed on');
      answer.writeHead(400, { connection: 'close' }).end();
    }
  });
  server.on('upgrade', (asked, client, head) => void upgrade(asked, client, head, forwarding));
  server.on('clientError', (error: NodeJS.ErrnoException, client) => {
    if (client.writable && error.code !== 'ECONNRESET') {
      forwarding.log.warn({ port: meantPort.http, why: error.message }, 'refused: this is no HTTP');
      client.write('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n');
    }
    client.destroy();
  });
  return server;
}

function forward(asked: IncomingMessage, answer: ServerResponse, forwarding: Forwarding): void {
  const { log } = forwarding;
  const onward = request({
    ...forwarding.proxy,
    method: asked.method ?? 'GET',
    path: absoluteForm(asked),
    headers: withHost(asked),
    setHost: false,
    agent: false,
  });
  onward.on('response', (given) => {
    const decision = given.headers['x-egress-decision'];
    if (given.statusCode === 403 && decision !== undefined) {
      log.warn({ name: asked.headers.host, port: meantPort.http, status: 403, decision }, 'refused');
    }
    given.on('error', () => answer.destroy());
    try {
      answer.writeHead(given.statusCode ?? 502, given.statusMessage, endToEnd(given.rawHeaders));
      given.pipe(answer);
    } catch (error) {
      log.warn({ port: meantPort.http, why: String(error) }, 'an answer cannot be passed on');
      given.destroy();
      answer.destroy();
    }
  });
  onward.on('error', ({ message }) => {
    if (answer.headersSent) {
      answer.destroy();
      return;
    }
    log.warn({ port: meantPort.http, why: message }, 'the proxy cannot be reached');
    answer.writeHead(502, { 'content-type': 'text/plain' }).end('kube-egress: the proxy cannot be reached\n');
  });
  answer.on('close', () => {
    if (!answer.writableFinished) onward.destroy();
  });
  asked.pipe(onward);
}

/** WebSockets and their like need a tunnel: Squid passes no upgrade. */
async function upgrade(
  asked: IncomingMessage,
  client: Duplex,
  head: Buffer,
  forwarding: Forwarding,
): Promise<void> {
  client.on('error', () => client.destroy());
  const { method, url, headers, rawHeaders } = asked;
  const gone = new AbortController();
  client.once('close', () => gone.abort());
  const name = nameInHost(headers.host) ?? unnamed.noHost;
  const connected = await connectThrough(`${name}:${meantPort.http}`, forwarding, gone.signal);
  if (connected.kind !== 'tunnel') {
    if (!gone.signal.aborted) forwarding.log.warn({ name, port: meantPort.http, ...connected }, 'refused');
    const status = connected.kind === 'refused' ? '403 Forbidden' : '502 Bad Gateway';
    client.end(`HTTP/1.1 ${status}\r\nConnection: close\r\n\r\n`);
    return;
  }
  const lines = pairs(rawHeaders).map(([field, value]) => `${field}: ${value}\r\n`);
  const request = Buffer.from(`${method} ${url} HTTP/1.1\r\n${lines.join('')}\r\n`, 'latin1');
  joinStreams({
    client,
    origin: connected.socket,
    sent: Buffer.concat([request, head]),
    given: connected.head,
  });
}

/** RFC 9112, 3.2.2. The port is the one that the program dialled, whatever Host says. */
function absoluteForm({ headers, url = '/' }: IncomingMessage): string {
  if (/^http:\/\//i.test(url)) return url;
  return `http://${nameInHost(headers.host) ?? unnamed.noHost}${url.startsWith('/') ? url : '/'}`;
}

/** HTTP/1.1 wants a Host, also of a program that sends none. */
function withHost({ headers, rawHeaders }: IncomingMessage): string[] {
  return headers.host === undefined ? [...rawHeaders, 'Host', unnamed.noHost] : rawHeaders;
}

const hopByHop = new Set(['proxy-connection', 'keep-alive', 'connection', 'transfer-encoding']);

/** Without what holds between the proxy and here alone; Node writes its own. */
function endToEnd(raw: readonly string[]): string[] {
  return pairs(raw)
    .filter(([field]) => !hopByHop.has(field.toLowerCase()))
    .flat();
}

function pairs(raw: readonly string[]): [string, string][] {
  return raw.flatMap((field, index) =>
    index % 2 === 0 ? [[field, raw[index + 1] ?? ''] as [string, string]] : [],
  );
}
