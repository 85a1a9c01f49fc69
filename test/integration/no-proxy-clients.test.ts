import { execFile } from 'node:child_process';
import { mkdtemp, readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { computeNoProxy, type NoProxyInput } from '../../src/injection/index.ts';
import { javaOptions } from '../../src/injection/java-options.ts';
import { noProxyInputs } from '../../src/injection/no-proxy.fixture.ts';
import { faultOfEntry, lowerCaseNoProxy } from '../../src/injection/no-proxy-entry.ts';

/**
 * The parsers of real clients against the values that the product can compute. The matrix (scripts/compatibility) has
 * more clients, with the values of one cluster.
 */
const run = promisify(execFile);
const sources = join(import.meta.dirname, 'support/no-proxy-clients');
/** The versions of the matrix. */
const requirements = join(import.meta.dirname, '../compatibility/clients/python/requirements.txt');
const VALUES = 40;

type Way = 'direct' | 'proxy';
interface Case {
  env: Record<string, string>;
  urls: readonly string[];
}
/** A word for each URL of each case. */
type Ask = (cases: readonly Case[]) => Promise<string[][]>;

let goClient: string;
let pythonPackages: string;
let web: Server;
let proxy: Server;
const portOf = (server: Server) => (server.address() as AddressInfo).port;

/** A server whose status tells which of the two was asked. */
async function listen(status: number): Promise<Server> {
  const server = createServer((_, response) => response.writeHead(status).end());
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return server;
}

/** Installs the matrix's version of a package of PyPI into a folder. */
async function installPython(name: string, folder: string): Promise<void> {
  const pinned = (await readFile(requirements, 'utf8'))
    .split('\n')
    .find((line) => line.startsWith(`${name}==`));
  if (pinned === undefined) throw new Error(`${requirements} has no line ${name}==VERSION`);
  await run('python3', ['-m', 'pip', 'install', '--quiet', '--target', folder, pinned]);
}

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'no-proxy-clients-'));
  goClient = join(folder, 'client');
  pythonPackages = join(folder, 'python');
  await run('go', ['build', '-o', goClient, join(sources, 'main.go')]);
  for (const name of ['httpx', 'requests', 'aiohttp']) await installPython(name, pythonPackages);
  [web, proxy] = [await listen(200), await listen(203)];
});

afterAll(() => {
  web?.close();
  proxy?.close();
});

const path = { PATH: process.env['PATH'] };

/** A program that takes all cases on stdin. */
const script =
  (...command: [string, ...string[]]): Ask =>
  async (cases) => {
    const [file, ...args] = command;
    const running = run(file, args, { env: { ...path, PYTHONPATH: pythonPackages } });
    running.child.stdin?.end(JSON.stringify(cases));
    return JSON.parse((await running).stdout);
  };

/** net/http reads the environment once in a process. */
const askGo: Ask = async (cases) => {
  const ways: string[][] = [];
  for (const { env, urls } of cases) {
    const { stdout } = await run(goClient, [...urls], { env: { ...path, ...env } });
    ways.push(stdout.trim().split('\n'));
  }
  return ways;
};

/** The JVM takes what the product computes from the same value for its own property. */
const askJava: Ask = async (cases) => {
  const running = run('java', ['-XX:TieredStopAtLevel=1', join(sources, 'JavaClient.java')], { env: path });
  running.child.stdin?.end(
    cases.map(({ env, urls }) => [env['JDK_JAVA_OPTIONS'], ...urls].join('\t')).join('\n'),
  );
  return (await running).stdout
    .trim()
    .split('\n')
    .map((line) => line.split(' '));
};

/** Every name has the address of `web`, and the status tells which server was asked. */
const askCurl: Ask = async (cases) => {
  const port = portOf(web);
  const ways: string[][] = [];
  for (const { env, urls } of cases) {
    const requests = urls.flatMap((url) => ['-o', '/dev/null', `http://${new URL(url).hostname}:${port}/`]);
    const args = ['-s', '-w', '%{http_code}\n', '--resolve', `*:${port}:127.0.0.1`, ...requests];
    const { stdout } = await run('curl', args, {
      env: { ...path, ...env, http_proxy: `http://127.0.0.1:${portOf(proxy)}` },
    });
    ways.push(
      stdout
        .trim()
        .split('\n')
        .map((status) => wayOfStatus[status] ?? status),
    );
  }
  return ways;
};
const wayOfStatus: Record<string, Way> = { 200: 'direct', 203: 'proxy' };

const clients: [string, Ask][] = [
  ['Go net/http', askGo],
  ['Node.js http', script(process.execPath, join(sources, 'node.mjs'), 'http')],
  ['undici, which is Node.js fetch', script(process.execPath, join(sources, 'node.mjs'), 'undici')],
  ['Python urllib', script('python3', join(sources, 'urllib-client.py'))],
  [
    'httpx, on which the SDKs of OpenAI and Anthropic are built',
    script('python3', join(sources, 'httpx-client.py')),
  ],
  ['requests', script('python3', join(sources, 'requests-client.py'))],
  ['aiohttp with trust_env', script('python3', join(sources, 'aiohttp-client.py'))],
  ['curl', askCurl],
  ['the JVM', askJava],
];

/** A name that no entry covers: what the arbitrary makes has no such end. */
const OUTSIDE = 'www.example.invalid';

/** What a pod asks for, and the way that it must take. */
function expectedWays(input: NoProxyInput, entries: ReadonlySet<string>): Map<string, Way> {
  // An annotation may name a Service whose suffix a rule needs: names below it then take the proxy in clients that match exactly.
  const hasNamesBelow = (name: string) =>
    entries.has(name) && faultOfEntry(`.${name}`, 'service', input.needed) === undefined;
  const inside = [
    'localhost',
    'web.other.svc',
    'web.other.svc.cluster.local',
    ...[...input.serviceNames].filter((name) => entries.has(name)),
    ...[...input.headlessNames].filter(hasNamesBelow).map((name) => `${name}-0.${name}`),
    ...[...input.namespaceNames].filter((name) => entries.has(`.${name}`)).map((name) => `web.${name}`),
  ];
  const ways = new Map<string, Way>(inside.map((host) => [`http://${host}/`, 'direct']));
  return ways.set(`http://${OUTSIDE}/`, 'proxy');
}

/** A rule needs the suffix of a headless Service that the namespace's annotation names. */
const neededAndNamed: NoProxyInput = {
  discovered: undefined,
  proxyExtras: [],
  annotations: ['web'],
  peers: [],
  serviceNames: ['web'],
  headlessNames: ['web'],
  namespaceNames: [],
  needed: new Set(['web']),
};

/** Nothing listens there. */
const address = { host: '127.0.0.1', port: 1 };
const PROXY = `http://${address.host}:${address.port}`;

describe('a value of NO_PROXY that the product computes', () => {
  const computed = [...fc.sample(noProxyInputs, VALUES), neededAndNamed].map((input) => {
    const noProxy = computeNoProxy(input);
    const { value } = noProxy;
    const ways = expectedWays(input, new Set(value.split(',')));
    const env = {
      HTTP_PROXY: PROXY,
      http_proxy: PROXY,
      NO_PROXY: value,
      no_proxy: lowerCaseNoProxy(value),
      // Of the JVM's two variables the one that has no limit of length.
      JDK_JAVA_OPTIONS: javaOptions(undefined, { variable: 'JDK_JAVA_OPTIONS', address, noProxy }),
    };
    return { env, urls: [...ways.keys()], ways: [...ways.values()] };
  });

  test.each(clients)('leads %s to the cluster directly, and elsewhere by the proxy', async (_, ask) => {
    const answers = await ask(computed);
    for (const [index, { env, urls, ways }] of computed.entries()) {
      expect({ env, urls, ways: answers[index] }).toEqual({ env, urls, ways });
    }
  });
});
