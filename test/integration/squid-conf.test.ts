import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { API_VERSION, type EgressProxy, type EgressProxySpec } from '../../src/api/index.ts';
import {
  accessLogFields,
  renderErrorPages,
  renderSquidConf,
  type SquidPaths,
} from '../../src/proxy/index.ts';
import { freePorts } from './support/free-ports.ts';

/** Answers by the first label of the host, as the agent's relay would. */
const HELPER = `
import { createInterface } from 'node:readline';
const answers = {
  refused: 'OK verdict_=deny id_=1 reason_=NoMatchingRule decision_="NoMatchingRule; add \\\\"refused.example:80\\\\"" message="pod a/b may not"',
  error: 'ERR',
  broken: 'BH',
  parent: 'OK verdict_=allow id_=2 reason_=RuleAllowed upstream_=dead,int',
  unsaid: 'OK verdict_=allow id_=5 reason_=RuleAllowed',
  orphan: 'OK verdict_=allow id_=3 reason_=RuleAllowed upstream_=unknown',
};
for await (const line of createInterface({ input: process.stdin })) {
  const [channel, , , , , host] = line.split(' ');
  console.log(channel + ' ' + (answers[host.split('.')[0]] ?? 'OK verdict_=allow id_=4 reason_=RuleAllowed pod_=a%20b route_=direct'));
}`;
const LOG_DAEMON = `
import { appendFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
for await (const line of createInterface({ input: process.stdin })) {
  if (line[0] === 'L') appendFileSync(process.argv[2] + '/log', line.slice(1) + '\\n');
}`;

const folder = mkdtempSync(join(tmpdir(), 'squid-conf-'));
const paths: SquidPaths = {
  relay: script('helper', HELPER),
  logDaemon: script('log-daemon', LOG_DAEMON),
  errorPages: join(folder, 'errors'),
  socket: join(folder, 'agent.sock'),
  logFolder: folder,
  upstreamCertificates: folder,
};

function script(name: string, source: string): string {
  const file = join(folder, name);
  writeFileSync(`${file}.mjs`, source);
  writeFileSync(file, `#!/bin/sh\nexec ${process.execPath} ${file}.mjs "$@"\n`);
  chmodSync(file, 0o755);
  return file;
}

function proxyOf(spec: EgressProxySpec): EgressProxy {
  return {
    apiVersion: API_VERSION,
    kind: 'EgressProxy',
    metadata: { name: 'squid', namespace: 'egress-proxy' },
    spec,
  };
}

function writeConf(spec: EgressProxySpec): string {
  const file = join(folder, 'squid.conf');
  writeFileSync(file, renderSquidConf(proxyOf(spec), paths));
  mkdirSync(paths.errorPages, { recursive: true });
  for (const [name, page] of Object.entries(renderErrorPages()))
    writeFileSync(join(paths.errorPages, name), page);
  execFileSync('chmod', ['-R', 'a+rwX', folder]);
  return file;
}

/** What Squid says about the file beside the directives that it echoes and what is not about the file. */
function complaints(file: string): string[] {
  const { stderr } = spawnSyncText('squid', ['-k', 'parse', '-f', file]);
  return stderr
    .split('\n')
    .filter((line) => /WARNING|ERROR|FATAL|Bungled/.test(line) && !line.includes('requires the use of Via'));
}

function spawnSyncText(command: string, args: string[]): { stderr: string } {
  return {
    stderr: execFileSync('sh', ['-c', '"$0" "$@" 2>&1 || true', command, ...args], { encoding: 'utf8' }),
  };
}

describe('squid -k parse', () => {
  const upstream = { name: 'int-proxy', host: '127.0.0.1', port: 3128 };
  const specs: Record<string, EgressProxySpec> = {
    plain: {},
    'an upstream for everything': { upstreams: [upstream] },
    'upstreams with targets, TLS and credentials': {
      upstreams: [
        {
          ...upstream,
          targets: ['*.example.org:443'],
          credentialsSecretRef: { name: 'parent' },
          tls: { serverName: 'parent.example' },
        },
        { ...upstream, name: 'second', port: 3130 },
      ],
    },
    'opened private ranges': { privateCIDRs: ['10.1.0.0/16', 'fd00::/8', '127.0.0.0/8'] },
  };
  test.each(Object.entries(specs))('finds nothing to say about %s', (_, spec) => {
    expect(complaints(writeConf(spec))).toEqual([]);
  });
});

describe('Squid with this configuration', () => {
  let squid: ChildProcess;
  let parent: Server;
  let port: number;

  beforeAll(async () => {
    const [own = 0, dead = 0] = await freePorts(2);
    port = own;
    parent = createServer((request, response) => {
      const seen = request.headers;
      response.end(JSON.stringify({ url: request.url, via: seen.via, forwarded: seen['x-forwarded-for'] }));
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => parent.once('listening', resolve));
    parent.on('connect', (_request, socket) => socket.end('HTTP/1.1 200 OK\r\n\r\nhello'));
    const parentPort = (parent.address() as AddressInfo).port;
    const file = writeConf({
      port,
      upstreams: [
        { name: 'dead', host: '127.0.0.1', port: dead, targets: ['parent.example:80'] },
        { name: 'int', host: '127.0.0.1', port: parentPort, targets: ['parent.example:80'] },
      ],
    });
    const service = `conf${process.pid}`;
    squid = spawn('squid', ['-N', '-n', service, '-f', file], { stdio: ['ignore', 'ignore', 'inherit'] });
    await listening(port);
  });

  afterAll(async () => {
    const ended = once(squid, 'exit');
    squid.kill('SIGKILL');
    parent.close();
    await ended;
    // Squid's shared memory outlives a killed Squid.
    for (const file of globSync(`/dev/shm/conf${process.pid}-*`)) rmSync(file);
  });

  const cases: [string, string, { status: number; text?: string; header?: string }][] = [
    [
      'a refused name',
      'GET http://refused.example/',
      { status: 403, text: 'pod a/b may not', header: 'NoMatchingRule; add "refused.example:80"' },
    ],
    [
      'a refused tunnel',
      'CONNECT refused.example:443',
      { status: 403, text: 'pod a/b may not', header: 'NoMatchingRule; add "refused.example:80"' },
    ],
    ['an answer of ERR', 'GET http://error.example/', { status: 403, header: 'AgentUnavailable' }],
    ['an answer of BH', 'GET http://broken.example/', { status: 403, text: 'AgentUnavailable' }],
    [
      'a method outside the list',
      'TRACE http://allowed.example/',
      { status: 403, header: 'MethodNotAllowed' },
    ],
    [
      'loopback that the agent let pass',
      'CONNECT 127.0.0.1:22',
      { status: 403, header: 'PrivateDestination' },
    ],
    ['another spelling of it', 'CONNECT 0x7f.1:22', { status: 403, header: 'PrivateDestination' }],
    ['IPv6 loopback', 'CONNECT [::1]:22', { status: 403, header: 'PrivateDestination' }],
    ['a private address', 'GET http://10.0.0.1/', { status: 403, header: 'PrivateDestination' }],
    ['loopback through NAT64', 'CONNECT [64:ff9b::7f00:1]:22', { status: 403, header: 'PrivateDestination' }],
    ['the cache manager', 'GET cache_object://127.0.0.1/info', { status: 403 }],
    [
      'the cache manager by path',
      'GET http://squid.egress-proxy/squid-internal-mgr/info',
      { status: 403, header: 'ProxyItself' },
    ],
    [
      'what a parent owns, the first being dead',
      'GET http://parent.example/x?q=1',
      { status: 200, text: 'http://parent.example/x?q=1' },
    ],
    ['a tunnel through a parent', 'CONNECT parent.example:443', { status: 200 }],
    ['what an unknown parent owns', 'GET http://orphan.example/', { status: 502 }],
    ['what the agent names no way for', 'GET http://unsaid.example/', { status: 502 }],
  ];
  test.each(cases)('%s', async (_, request, expected) => {
    const answer = await ask(port, request);
    expect(Number(answer.split(' ')[1])).toBe(expected.status);
    if (expected.text !== undefined) expect(answer).toContain(expected.text);
    if (expected.header !== undefined) expect(answer).toContain(`X-Egress-Decision: ${expected.header}\r\n`);
  });

  test('a parent learns neither who asked nor through whom', async () => {
    const answer = await ask(port, 'GET http://parent.example/');
    expect(answer).toContain('{"url":"http://parent.example/"}');
  });

  test('each line of the log has the fields that the agent reads', async () => {
    await ask(port, 'GET http://refused.example/a%20b?c=d', 'User-Agent: my\tagent\r\n');
    const line = await logged('%09agent');
    const values = line.split('\t').map(decodeURIComponent);
    const entry = Object.fromEntries(accessLogFields.map(({ name }, index) => [name, values[index]]));
    expect(values).toHaveLength(accessLogFields.length);
    expect(entry).toMatchObject({
      source: '127.0.0.1',
      method: 'GET',
      host: 'refused.example',
      port: '80',
      status: '403',
      result: 'TCP_DENIED',
      verdict: 'deny',
      reason: 'NoMatchingRule',
      pod: '-',
      userAgent: 'my\tagent',
      url: 'http://refused.example/a%20b?c=d',
    });
  });

  test("a client's endless user agent leaves the line whole", async () => {
    await ask(port, 'GET http://refused.example/', `User-Agent: ${'x'.repeat(20_000)}\r\n`);
    const line = await logged('xxxx');
    expect(line.split('\t')).toHaveLength(accessLogFields.length);
  });
});

/** The log's line with this in it, which is written a moment after the answer. */
async function logged(text: string): Promise<string> {
  const find = () =>
    readFileSync(join(folder, 'log'), 'utf8')
      .split('\n')
      .slice(0, -1)
      .find((line) => line.includes(text));
  await expect.poll(find, { timeout: 20_000 }).toBeDefined();
  return find() ?? '';
}

async function listening(port: number): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false));
      socket.on('connect', () => socket.end());
    });
    if (open) return;
    await sleep(100);
  }
  throw new Error(`nothing listens on ${port}`);
}

/** Sends one request as it is written and gives the whole answer back. */
function ask(port: number, request: string, headers = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(`${request} HTTP/1.1\r\nHost: x.example\r\n${headers}Connection: close\r\n\r\n`);
    });
    socket.on('data', (data) => {
      answer += data;
    });
    socket.on('close', () => resolve(answer)).on('error', reject);
  });
}
