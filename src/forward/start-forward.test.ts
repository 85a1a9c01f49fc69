import { once } from 'node:events';
import { createServer as createHttp, request } from 'node:http';
import { type AddressInfo, connect, type Server, type Socket } from 'node:net';
import { connect as connectTls, createServer as createTls } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { silentLog } from '../telemetry/index.ts';
import { createAuthority, issueServingCertificate } from '../tls/index.ts';
import { httpForwarder } from './http-forwarder.ts';
import { tlsForwarder } from './tls-forwarder.ts';

/** Method and URL of each request that the proxy received. */
const proxied: string[] = [];
const closing: (() => void)[] = [];
let tlsPort: number;
let httpPort: number;
/** A forwarder whose proxy does not exist. */
let withoutProxyPort: number;
/** A forwarder with a short time limit. */
let impatientPort: number;

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

/** A proxy that allows allowed.example, at one origin, and denies everything else as Squid does. */
function proxyTo(originPort: number): Server {
  const proxy = createHttp((request, answer) => {
    proxied.push(`${request.method} ${request.url}`);
    if (!request.url?.startsWith('http://allowed.example/')) {
      answer.writeHead(403, { 'X-Egress-Decision': 'NoMatchingRule' }).end('refused');
      return;
    }
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => answer.writeHead(200, { 'x-origin': 'yes' }).end(`body: ${body}`));
  });
  proxy.on('connect', (request, socket: Socket) => {
    proxied.push(`CONNECT ${request.url}`);
    if (!request.url?.startsWith('allowed.example:')) {
      socket.end('HTTP/1.1 403 Forbidden\r\nX-Egress-Decision: NoMatchingRule\r\n\r\n');
      return;
    }
    const origin = connect(originPort, '127.0.0.1', () => socket.write('HTTP/1.1 200 OK\r\n\r\n'));
    socket.pipe(origin).pipe(socket);
    socket.on('error', () => origin.destroy());
    origin.on('error', () => socket.destroy());
  });
  return proxy;
}

beforeAll(async () => {
  const authority = await createAuthority({ now: Date.now() });
  const pair = await issueServingCertificate({ names: ['allowed.example'], authority, now: Date.now() });
  const origin = createTls(pair, (socket) => socket.on('error', () => {}).pipe(socket));
  const proxy = { host: '127.0.0.1', port: await listen(proxyTo(await listen(origin))) };
  const forwarding = { proxy, log: silentLog, helloTimeoutMs: 30_000 };
  tlsPort = await listen(tlsForwarder(forwarding));
  httpPort = await listen(httpForwarder(forwarding));
  impatientPort = await listen(tlsForwarder({ ...forwarding, helloTimeoutMs: 50 }));
  // Port 1 is never assigned by listen(0).
  withoutProxyPort = await listen(tlsForwarder({ ...forwarding, proxy: { host: '127.0.0.1', port: 1 } }));
});
afterAll(() => {
  for (const close of closing) close();
});

/** The reply on a TLS connection that sends `ping`, or the code of its error. */
function tls(port: number, servername: string | undefined): Promise<string> {
  return new Promise((resolve) => {
    const client = connectTls({
      port,
      host: '127.0.0.1',
      rejectUnauthorized: false,
      ...(servername && { servername }),
    });
    client.once('secureConnect', () => client.write('ping'));
    client.once('data', (data) => {
      resolve(String(data));
      client.destroy();
    });
    client.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });
}

/** The response to raw bytes. */
async function raw(port: number, text: string): Promise<string> {
  const client = connect(port, '127.0.0.1');
  client.write(Buffer.from(text, 'latin1'));
  let answer = '';
  for await (const chunk of client) answer += chunk;
  return answer;
}

describe('tlsForwarder', () => {
  test('opens a tunnel to the server name, and sends the ClientHello through it', async () => {
    expect(await tls(tlsPort, 'allowed.example')).toBe('ping');
    expect(proxied.at(-1)).toBe('CONNECT allowed.example:443');
  });

  test('turns a denial into a TLS alert', async () => {
    expect(await tls(tlsPort, 'forbidden.example')).toBe('ERR_SSL_TLSV1_ALERT_ACCESS_DENIED');
  });

  test('asks the proxy for a reserved name if there is no server name', async () => {
    expect(await tls(tlsPort, undefined)).toBe('ERR_SSL_TLSV1_ALERT_ACCESS_DENIED');
    expect(proxied.at(-1)).toBe('CONNECT no-server-name.kube-egress.invalid:443');
  });

  test('asks the proxy for a reserved name if the bytes are not TLS', async () => {
    await raw(tlsPort, 'SSH-2.0-OpenSSH_9.2\r\n');
    expect(proxied.at(-1)).toBe('CONNECT not-tls.kube-egress.invalid:443');
  });

  test('sends another alert if the proxy is unreachable', async () => {
    expect(await tls(withoutProxyPort, 'allowed.example')).toBe('ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR');
  });

  test('closes a connection that sends nothing', async () => {
    const client = connect(impatientPort, '127.0.0.1');
    const [failed] = await once(client.resume(), 'close');
    expect(failed).toBe(false);
  });
});

describe('httpForwarder', () => {
  test('forwards each request in absolute form, with its body and headers', async () => {
    const posted = request({
      port: httpPort,
      method: 'POST',
      path: '/a?b=c',
      headers: { host: 'allowed.example:80' },
    });
    posted.end('hello');
    const [answer] = await once(posted, 'response');
    const [body] = await once(answer, 'data');
    expect([answer.statusCode, answer.headers['x-origin'], String(body)]).toEqual([
      200,
      'yes',
      'body: hello',
    ]);
    expect(proxied.at(-1)).toBe('POST http://allowed.example/a?b=c');
  });

  test('forwards the requests of one connection one by one', async () => {
    const answer = await raw(
      httpPort,
      'GET /1 HTTP/1.1\r\nHost: allowed.example\r\n\r\nGET /2 HTTP/1.1\r\nHost: forbidden.example\r\nConnection: close\r\n\r\n',
    );
    expect(answer.match(/^HTTP\/1.1 \d+/gm)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 403']);
  });

  test('passes on the page and header of a denial', async () => {
    const answer = await raw(
      httpPort,
      'GET / HTTP/1.1\r\nHost: forbidden.example\r\nConnection: close\r\n\r\n',
    );
    expect(answer).toMatch(/^HTTP\/1.1 403/);
    expect(answer).toContain('X-Egress-Decision: NoMatchingRule');
    expect(answer).toContain('refused');
  });

  test.each([
    ['without Host', 'GET /x HTTP/1.0\r\n\r\n'],
    ['with an invalid Host', 'GET /x HTTP/1.1\r\nHost: a/../b\r\nConnection: close\r\n\r\n'],
  ])('asks the proxy for a reserved name %s', async (_, text) => {
    expect(await raw(httpPort, text)).toMatch(/^HTTP\/1.1 403/);
    expect(proxied.at(-1)).toBe('GET http://no-host.kube-egress.invalid/x');
  });

  test('opens a tunnel for an upgrade, and sends the request through it', async () => {
    await raw(
      httpPort,
      'GET /socket HTTP/1.1\r\nHost: forbidden.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
    );
    expect(proxied.at(-1)).toBe('CONNECT forbidden.example:80');
  });

  test.each([
    ['a second Host', '/socket', 'Host: allowed.example\r\nHost: forbidden.example'],
    ['a URL with a host', 'http://forbidden.example/socket', 'Host: allowed.example'],
    ['no path', '*', 'Host: allowed.example'],
  ])('answers 400 to an upgrade with %s, and opens no tunnel', async (_, url, host) => {
    const before = proxied.length;
    const answer = await raw(
      httpPort,
      `GET ${url} HTTP/1.1\r\n${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1.1 400/);
    expect(proxied).toHaveLength(before);
  });

  test('answers 400 to bytes that are not HTTP', async () => {
    expect(await raw(httpPort, '\x16\x03\x01 nonsense\r\n\r\n')).toMatch(/^HTTP\/1.1 400/);
  });

  test('survives bytes that Node cannot forward', async () => {
    await raw(
      httpPort,
      'GET /\xff HTTP/1.1\r\nHost: allowed.example\r\nX: \x80\r\nConnection: close\r\n\r\n',
    );
    const answer = await raw(
      httpPort,
      'GET / HTTP/1.1\r\nHost: allowed.example\r\nConnection: close\r\n\r\n',
    );
    expect(answer).toMatch(/^HTTP\/1.1 200/);
  });
});
