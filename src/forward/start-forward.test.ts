import { once } from 'node:events';
import { createServer as createHttp, request } from 'node:http';
import { type AddressInfo, connect, type Server, type Socket } from 'node:net';
import { connect as connectTls, createServer as createTls } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { silentLog } from '../telemetry/index.ts';
import { createAuthority, issueServingCertificate } from '../tls/index.ts';
import { httpForwarder } from './forward-http.ts';
import { tlsForwarder } from './forward-tls.ts';

/** What the proxy was asked for, first line by first line. */
const asked: string[] = [];
const closing: (() => void)[] = [];
let tlsPort: number;
let httpPort: number;
/** A forwarder in front of nobody. */
let lonelyPort: number;
/** One that does not wait long for a program to say something. */
let hastyPort: number;

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

/** A proxy that lets allowed.example through to one origin, and refuses everything else as Squid does. */
function proxyTo(originPort: number): Server {
  const proxy = createHttp((question, answer) => {
    asked.push(`${question.method} ${question.url}`);
    if (!question.url?.startsWith('http://allowed.example/')) {
      answer.writeHead(403, { 'X-Egress-Decision': 'NoMatchingRule' }).end('refused');
      return;
    }
    let body = '';
    question.on('data', (chunk) => {
      body += chunk;
    });
    question.on('end', () => answer.writeHead(200, { 'x-origin': 'yes' }).end(`body: ${body}`));
  });
  proxy.on('connect', (question, socket: Socket) => {
    asked.push(`CONNECT ${question.url}`);
    if (!question.url?.startsWith('allowed.example:')) {
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
  const forwarding = { proxy, log: silentLog, helloMs: 30_000 };
  tlsPort = await listen(tlsForwarder(forwarding));
  httpPort = await listen(httpForwarder(forwarding));
  hastyPort = await listen(tlsForwarder({ ...forwarding, helloMs: 50 }));
  // Nobody is given port 1 by chance.
  lonelyPort = await listen(tlsForwarder({ ...forwarding, proxy: { host: '127.0.0.1', port: 1 } }));
});
afterAll(() => {
  for (const close of closing) close();
});

/** What comes back from a TLS connection that says `ping`, or how it ends. */
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

/** The first line and the body of an answer to bytes that are sent as they are. */
async function raw(port: number, text: string): Promise<string> {
  const client = connect(port, '127.0.0.1');
  client.write(Buffer.from(text, 'latin1'));
  let answer = '';
  for await (const chunk of client) answer += chunk;
  return answer;
}

describe('tlsForwarder', () => {
  test('the tunnel goes to the server name, unopened, and carries what was said first', async () => {
    expect(await tls(tlsPort, 'allowed.example')).toBe('ping');
    expect(asked.at(-1)).toBe('CONNECT allowed.example:443');
  });

  test('a refusal is a TLS alert', async () => {
    expect(await tls(tlsPort, 'forbidden.example')).toBe('ERR_SSL_TLSV1_ALERT_ACCESS_DENIED');
  });

  test('without a server name the proxy is asked for a name that says so', async () => {
    expect(await tls(tlsPort, undefined)).toBe('ERR_SSL_TLSV1_ALERT_ACCESS_DENIED');
    expect(asked.at(-1)).toBe('CONNECT no-server-name.kube-egress.invalid:443');
  });

  test('what is no TLS, too', async () => {
    await raw(tlsPort, 'SSH-2.0-OpenSSH_9.2\r\n');
    expect(asked.at(-1)).toBe('CONNECT not-tls.kube-egress.invalid:443');
  });

  test('a proxy that is away is another alert', async () => {
    expect(await tls(lonelyPort, 'allowed.example')).toBe('ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR');
  });

  test('who says nothing is let go', async () => {
    const client = connect(hastyPort, '127.0.0.1');
    const [failed] = await once(client.resume(), 'close');
    expect(failed).toBe(false);
  });
});

describe('httpForwarder', () => {
  test('each request in absolute form, with its body and headers', async () => {
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
    expect(asked.at(-1)).toBe('POST http://allowed.example/a?b=c');
  });

  test('several requests on one connection are judged one by one', async () => {
    const answer = await raw(
      httpPort,
      'GET /1 HTTP/1.1\r\nHost: allowed.example\r\n\r\nGET /2 HTTP/1.1\r\nHost: forbidden.example\r\nConnection: close\r\n\r\n',
    );
    expect(answer.match(/^HTTP\/1.1 \d+/gm)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 403']);
  });

  test('a refusal is the proxy’s own page and header', async () => {
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
    ['with one that is no name', 'GET /x HTTP/1.1\r\nHost: a/../b\r\nConnection: close\r\n\r\n'],
  ])('%s the proxy is asked for a name that says so', async (_, text) => {
    expect(await raw(httpPort, text)).toMatch(/^HTTP\/1.1 403/);
    expect(asked.at(-1)).toBe('GET http://no-host.kube-egress.invalid/x');
  });

  test('an upgrade gets a tunnel with its request in it', async () => {
    await raw(
      httpPort,
      'GET /socket HTTP/1.1\r\nHost: forbidden.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
    );
    expect(asked.at(-1)).toBe('CONNECT forbidden.example:80');
  });

  test('what is no HTTP is told', async () => {
    expect(await raw(httpPort, '\x16\x03\x01 nonsense\r\n\r\n')).toMatch(/^HTTP\/1.1 400/);
  });

  test('bytes that Node would not pass on end that request alone', async () => {
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
