import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { unnamed } from '../rules/index.ts';
import { connectThrough, logNoTunnel } from './connect-through.ts';
import { type ForwarderOptions, originalPort } from './forwarder-options.ts';
import { joinStreams } from './join-streams.ts';

/** Forwards requests for port 80 to the proxy, each by itself, as a program with HTTP_PROXY does. */
export function httpForwarder(options: ForwarderOptions): Server {
  const server = createServer({
    // The proxy denies a request without Host, with a reason.
    requireHostHeader: false,
    headersTimeout: options.helloTimeoutMs,
    // A body and the pause between two requests may take any time.
    requestTimeout: 0,
    keepAliveTimeout: 75_000,
    noDelay: true,
  });
  server.on('request', (clientRequest, clientResponse) => {
    try {
      forward(clientRequest, clientResponse, options);
    } catch (error) {
      // Node's parser accepts some bytes that its writer rejects.
      options.log.warn(
        { port: originalPort.http, why: String(error) },
        'denied: the request contains bytes that cannot be forwarded',
      );
      clientResponse.writeHead(400, { connection: 'close' }).end();
    }
  });
  server.on('upgrade', (clientRequest, client, head) => void upgrade(clientRequest, client, head, options));
  server.on('clientError', (error: NodeJS.ErrnoException, client) => {
    if (client.writable && error.code !== 'ECONNRESET') {
      options.log.warn({ port: originalPort.http, why: error.message }, 'denied: the request is not HTTP');
      client.write('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n');
    }
    client.destroy();
  });
  return server;
}

function forward(
  clientRequest: IncomingMessage,
  clientResponse: ServerResponse,
  options: ForwarderOptions,
): void {
  const { log } = options;
  const proxyRequest = request({
    ...options.proxy,
    method: clientRequest.method ?? 'GET',
    path: absoluteForm(clientRequest),
    headers: withHost(clientRequest),
    setHost: false,
    agent: false,
  });
  proxyRequest.on('response', (proxyResponse) => {
    const decision = proxyResponse.headers['x-egress-decision'];
    if (proxyResponse.statusCode === 403 && decision !== undefined) {
      log.warn(
        { name: clientRequest.headers.host, port: originalPort.http, status: 403, decision },
        'denied',
      );
    }
    proxyResponse.on('error', () => clientResponse.destroy());
    try {
      clientResponse.writeHead(
        proxyResponse.statusCode ?? 502,
        proxyResponse.statusMessage,
        endToEnd(proxyResponse.rawHeaders),
      );
      proxyResponse.pipe(clientResponse);
    } catch (error) {
      log.warn(
        { port: originalPort.http, why: String(error) },
        'the response contains bytes that cannot be forwarded',
      );
      proxyResponse.destroy();
      clientResponse.destroy();
    }
  });
  proxyRequest.on('error', ({ message }) => {
    if (clientResponse.headersSent) {
      clientResponse.destroy();
      return;
    }
    log.warn({ port: originalPort.http, why: message }, 'the proxy is unreachable');
    clientResponse
      .writeHead(502, { 'content-type': 'text/plain' })
      .end('kube-egress: the proxy is unreachable\n');
  });
  clientResponse.on('close', () => {
    if (!clientResponse.writableFinished) proxyRequest.destroy();
  });
  clientRequest.pipe(proxyRequest);
}

/** Opens a tunnel for an upgrade, whatever its protocol: Squid forwards WebSockets alone. */
async function upgrade(
  clientRequest: IncomingMessage,
  client: Duplex,
  head: Buffer,
  options: ForwarderOptions,
): Promise<void> {
  client.on('error', () => client.destroy());
  const { method, url, headers, rawHeaders } = clientRequest;
  if (namesSeveralHosts(clientRequest)) {
    options.log.warn(
      { port: originalPort.http },
      'denied: an upgrade must name one host, in one Host header',
    );
    client.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n');
    return;
  }
  const clientClosed = new AbortController();
  client.once('close', () => clientClosed.abort());
  const name = nameInHost(headers.host) ?? unnamed.noHost;
  const result = await connectThrough(`${name}:${originalPort.http}`, options, clientClosed.signal);
  if (result.kind !== 'tunnel') {
    if (!clientClosed.signal.aborted) logNoTunnel(options, { name, port: originalPort.http, ...result });
    const status = result.kind === 'denied' ? '403 Forbidden' : '502 Bad Gateway';
    client.end(`HTTP/1.1 ${status}\r\nConnection: close\r\n\r\n`);
    return;
  }
  const lines = pairs(rawHeaders).map(([field, value]) => `${field}: ${value}\r\n`);
  const requestHead = Buffer.from(`${method} ${url} HTTP/1.1\r\n${lines.join('')}\r\n`, 'latin1');
  joinStreams({
    client,
    origin: result.socket,
    fromClient: Buffer.concat([requestHead, head]),
    fromOrigin: result.head,
  });
}

/** Whether the server at the end of a tunnel could read another host than the one of the first Host header, which is decided. */
function namesSeveralHosts({ url = '', headersDistinct }: IncomingMessage): boolean {
  return !url.startsWith('/') || (headersDistinct['host'] ?? []).length > 1;
}

/** The URL in absolute form (RFC 9112, 3.2.2), without a port: the program dialled port 80, whatever Host says. */
function absoluteForm({ headers, url = '/' }: IncomingMessage): string {
  if (/^http:\/\//i.test(url)) return url;
  return `http://${nameInHost(headers.host) ?? unnamed.noHost}${url.startsWith('/') ? url : '/'}`;
}

/** Adds a Host, which HTTP/1.1 requires, if the program sent none. */
function withHost({ headers, rawHeaders }: IncomingMessage): string[] {
  return headers.host === undefined ? [...rawHeaders, 'Host', unnamed.noHost] : rawHeaders;
}

const hopByHop = new Set(['proxy-connection', 'keep-alive', 'connection', 'transfer-encoding']);

/** Removes the hop-by-hop headers of the proxy; Node writes its own. */
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

/** The name or address in a Host header, without its port; undefined if it contains neither. */
export function nameInHost(host: string | undefined): string | undefined {
  return /^([\w.-]+|\[[\da-f:.]+\])(?::\d*)?$/i.exec(host ?? '')?.[1];
}
