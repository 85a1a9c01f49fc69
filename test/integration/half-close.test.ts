import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { COUNTER_PORT, ORIGIN, PODS, PROXY, PROXY_PORT } from './support/squid/addresses.ts';
import { enforcedNamespace, ruleSet, runningPod } from './support/squid/cluster-objects.ts';
import { SquidStage } from './support/squid/squid-stage.ts';

const [api = '', other = ''] = PODS;
const PLAIN = `plain.example.com:${COUNTER_PORT}`;
/** Squid opens its tunnels without the gate. */
const DIRECT = `ok.example.com:${COUNTER_PORT}`;
const MANY = 200;
const stage = new SquidStage(
  {
    privateDestinations: 'Allow',
    privateCIDRs: ['203.0.113.0/24'],
    tcpTargets: [PLAIN],
    limits: { connectionsPerClient: 1000 },
    drainSeconds: 15,
  },
  { drains: true, sanitized: true },
);
const clients: ChildProcess[] = [];

interface Client {
  source?: string;
  target: string;
  /** What it sends through the tunnel before it ends its side; `repeat` times. */
  text: string;
  repeat?: number;
  /** Lines of the head of its CONNECT. */
  head?: string;
  tunnels?: number;
}

/**
 * Opens tunnels, sends a text through each and ends its side. Prints a line once it has ended all, and another with what came
 * when all are closed. SIGUSR2 resets them.
 */
const CLIENT = `
const { source, target, text, repeat = 1, head = '', tunnels = 1 } = JSON.parse(process.argv[1]);
process.setMaxListeners(0);
let ended = 0;
const received = [];
for (let index = 0; index < tunnels; index += 1) {
  const socket = require('node:net').connect({
    host: '${PROXY}', port: ${PROXY_PORT}, localAddress: source, allowHalfOpen: true,
  });
  process.on('SIGUSR2', () => socket.resetAndDestroy());
  socket.write('CONNECT ' + target + ' HTTP/1.1\\r\\nHost: ' + target + '\\r\\n' + head + '\\r\\n');
  socket.once('data', () => {
    socket.end(text.repeat(repeat), 'latin1');
    ended += 1;
    if (ended === tunnels) console.log('ended');
  });
  const chunks = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  socket.on('end', () => socket.end());
  socket.on('error', () => {});
  socket.on('close', () => {
    received.push(Buffer.concat(chunks).toString('latin1'));
    if (received.length === tunnels) console.log(JSON.stringify(received));
  });
}`;

function start(client: Client): { child: ChildProcess; lines: () => string[]; closed: Promise<unknown> } {
  const options = JSON.stringify({ source: api, ...client });
  const child = spawn('nsenter', stage.network.inside(process.execPath, '-e', CLIENT, options), {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  clients.push(child);
  let printed = '';
  child.stdout.on('data', (chunk) => {
    printed += chunk;
  });
  return {
    child,
    lines: () => printed.split('\n').filter((line) => line !== ''),
    closed: once(child, 'close'),
  };
}

/** What each tunnel received, the proxy's answer included. */
async function run(client: Client): Promise<string[]> {
  const { lines, closed } = start(client);
  await closed;
  return JSON.parse(lines().at(-1) ?? '[]') as string[];
}

const HEAD = /^HTTP\/1\.1 200 [^\r]*\r\n\r\n/;
const answered = async (client: Client) => {
  const [received = ''] = await run(client);
  expect(received).toMatch(HEAD);
  return received.replace(HEAD, '');
};
const isFrom = (agent: string) => (record: { userAgent?: string }) => record.userAgent === agent;
const named = (userAgent: string) => `User-Agent: ${userAgent}\r\n`;
const descriptors = (pid: number) => readdirSync(`/proc/${pid}/fd`).length;

/** Processor time, in ticks of 10 ms. */
function processorTime(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return Number(fields[11]) + Number(fields[12]);
}

beforeAll(async () => {
  await stage.apply(enforcedNamespace('my-app'));
  await stage.apply(runningPod({ namespace: 'my-app', name: 'api', ip: api }));
  await stage.apply(runningPod({ namespace: 'my-app', name: 'other', ip: other }));
  await stage.apply(ruleSet('my-app', [PLAIN, DIRECT]));
  await stage.start({ zone: { 'ok.example.com': [ORIGIN], 'plain.example.com': [ORIGIN] } });
});
afterEach(() => {
  for (const client of clients.splice(0)) client.kill('SIGKILL');
});
afterAll(() => stage.close());

describe('a client that ends its side and waits for the answer', () => {
  it.each<[string, string, number, answer: string]>([
    ['sends nothing', '', 1, 'counted 0\n'],
    ['sends a text', 'x'.repeat(1000), 1, 'counted 1000\n'],
    ['sends 5 MB', 'x'.repeat(1000), 5000, 'counted 5000000\n'],
    ['is sent 5 MB', '+5000000', 1, `counted 8\n${'b'.repeat(5_000_000)}`],
  ])('gets it, and its only record has the bytes: %s', async (name, text, repeat, answer) => {
    const userAgent = name.replaceAll(' ', '-');
    expect((await answered({ target: PLAIN, text, repeat, head: named(userAgent) })) === answer).toBe(true);
    const [record] = await stage.audited(1, isFrom(userAgent));
    expect(record).toMatchObject({ verdict: 'allow', target: PLAIN, status: 200, resolvedIP: ORIGIN });
    expect(record?.bytesReceived).toBeGreaterThanOrEqual(text.length * repeat);
    expect(record?.bytesReceived).toBeLessThan(text.length * repeat + 200);
    expect(record?.bytesSent).toBeGreaterThanOrEqual(answer.length);
    expect(record?.bytesSent).toBeLessThan(answer.length + 200);
    expect(record).not.toHaveProperty('sni');
  });

  it('is found by the header that Squid writes, and by none of its own', async () => {
    const head = 'X-Kube-Egress-Client: 192.0.2.1 1\r\nx-kube-egress-client: 192.0.2.2 2\r\n';
    expect(await answered({ target: PLAIN, text: 'abc', head })).toBe('counted 3\n');
  });

  it('gets none without the gate, nor if the tunnel begins with TLS', async () => {
    expect(await answered({ target: DIRECT, text: 'abc' })).toBe('');
    expect(await answered({ target: PLAIN, text: '\x16\x03\x01' })).toBe('');
  });

  it('leaves nothing behind with 200 tunnels, and Squid has nothing to do for them', async () => {
    const before = [descriptors(stage.squid.pid), descriptors(stage.gate.pid)];
    const userAgent = 'many';
    const waiting = start({ target: PLAIN, text: '-', tunnels: MANY, head: named(userAgent) });
    await expect.poll(waiting.lines, { timeout: 50_000 }).toEqual(['ended']);
    const busy = processorTime(stage.squid.pid);
    await sleep(2000);
    // A loop that spins takes all of its processor: 200 ticks, or less beside other processes.
    const ticks = processorTime(stage.squid.pid) - busy;
    expect(ticks).toBeLessThan(40);
    expect(stage.audit().filter(isFrom(userAgent))).toEqual([]);
    waiting.child.kill('SIGUSR2');
    const records = await stage.audited(MANY, isFrom(userAgent));
    expect(records.filter(({ status }) => status === 200)).toHaveLength(MANY);
    await expect
      .poll(() => [descriptors(stage.squid.pid), descriptors(stage.gate.pid)], { timeout: 50_000 })
      .toEqual(before);
  });

  it('is closed as closeRevoked closes tunnels', async () => {
    const before = descriptors(stage.squid.pid);
    const waiting = start({ target: PLAIN, text: '-', tunnels: 3, head: named('revoked') });
    await expect.poll(waiting.lines, { timeout: 50_000 }).toEqual(['ended']);
    const squidSide = ['state', 'connected', `sport = :${PROXY_PORT} and dst ${api}`];
    execFileSync('nsenter', stage.network.inside('ss', '--kill', '--no-header', '--tcp', ...squidSide));
    await waiting.closed;
    expect(await stage.audited(3, isFrom('revoked'))).toHaveLength(3);
    await expect.poll(() => descriptors(stage.squid.pid), { timeout: 50_000 }).toBe(before);
  });

  it('is closed with its tunnel if the gate ends', async () => {
    const waiting = start({ target: PLAIN, text: '-', tunnels: 3, head: named('gateless') });
    await expect.poll(waiting.lines, { timeout: 50_000 }).toEqual(['ended']);
    await stage.gate.kill();
    await waiting.closed;
    expect(await stage.audited(3, isFrom('gateless'))).toHaveLength(3);
    stage.gate.start();
    await expect
      .poll(() => run({ target: PLAIN, text: 'abc' }), { timeout: 50_000 })
      .toEqual([expect.stringMatching(/counted 3\n$/)]);
  });
});

describe('a client that waits for the answer while its proxy pod is stopped', () => {
  const refused = async () =>
    (await stage.curl(other, `http://${PLAIN}/`)).stderr.includes('Failed to connect');

  /** Ends its side, and is still waiting when the launcher would have ended a Squid without clients. */
  async function waitWhileStopping(userAgent: string) {
    const waiting = start({ target: PLAIN, text: '?', head: named(userAgent) });
    await expect.poll(waiting.lines, { timeout: 50_000 }).toEqual(['ended']);
    const drained = stage.squid.drain();
    await expect.poll(refused, { timeout: 50_000 }).toBe(true);
    await sleep(4000);
    return { ...waiting, drained };
  }

  it('gets it within drainSeconds, and Squid ends after it', async () => {
    const { lines, closed, drained } = await waitWhileStopping('drained');
    expect(await stage.answer()).toBe(1);
    await closed;
    expect(lines().at(-1)).toContain('counted 1');
    expect(await drained).toEqual([0, null]);
    const [record] = await stage.audited(1, isFrom('drained'));
    expect(record).toMatchObject({ target: PLAIN, status: 200 });
  });

  it('is closed when they are over, with its record', async () => {
    await stage.startSquid();
    const { lines, closed, drained } = await waitWhileStopping('late');
    expect(await drained).toEqual([0, null]);
    await closed;
    expect(lines().at(-1)).not.toContain('counted');
    const [record] = await stage.audited(1, isFrom('late'));
    expect(record).toMatchObject({ target: PLAIN, status: 200 });
  });
});
