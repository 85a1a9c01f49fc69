import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { REQUEST_HEADER_BYTES } from '../../src/proxy/index.ts';
import { ORIGIN, PODS, PROXY, PROXY_PORT } from './support/squid/addresses.ts';
import { enforcedNamespace, ruleSet, runningPod } from './support/squid/cluster-objects.ts';
import { residentMemory } from './support/squid/resident-memory.ts';
import { SquidStage } from './support/squid/squid-stage.ts';

const CONNECTIONS = 200;
const [attacker = '', victim = '', ...hostile] = PODS;
const stage = new SquidStage({
  privateDestinations: 'Allow',
  privateCIDRs: ['203.0.113.0/24'],
  limits: { connectionsPerClient: CONNECTIONS },
});
const floods: ChildProcess[] = [];
/** Pods of one namespace, whose limit a ClusterEgressRuleSet narrows. */
const CROWD_CONNECTIONS = 50;
const EACH_OF_CROWD = 80;
const crowd = ['10.244.2.1', '10.244.2.2', '10.244.2.3'];
/** Names of the victim that no cache has. */
const freshNames = Array.from({ length: 200 }, (_, index) => `n${index}.fresh.example.com`);
const zone = {
  'ok.example.com': [ORIGIN],
  '*.silent.example': ['SILENT'],
  ...Object.fromEntries(freshNames.map((name) => [name, [ORIGIN]])),
};

beforeAll(async () => {
  await stage.apply(enforcedNamespace('my-app'));
  for (const [name, ip] of Object.entries({ attacker, victim })) {
    await stage.apply(runningPod({ namespace: 'my-app', name, ip }));
  }
  await stage.apply(ruleSet('my-app', ['ok.example.com:80', '*.fresh.example.com:80']));
  for (const [index, ip] of hostile.entries()) {
    const namespace = `hostile-${index}`;
    await stage.apply(enforcedNamespace(namespace));
    await stage.apply(runningPod({ namespace, name: 'attacker', ip }));
    await stage.apply(ruleSet(namespace, ['*.silent.example:80']));
  }
  await stage.apply(enforcedNamespace('crowd', { size: 'small' }));
  for (const [index, ip] of crowd.entries())
    await stage.apply(runningPod({ namespace: 'crowd', name: `pod-${index}`, ip }));
  await stage.apply(ruleSet('crowd', ['ok.example.com:80']));
  await stage.apply({
    kind: 'ClusterEgressRuleSet',
    metadata: { name: 'small' },
    spec: {
      namespaceSelector: { matchLabels: { size: 'small' } },
      targets: [],
      limits: { connections: CROWD_CONNECTIONS },
    },
  } as never);
  await stage.start();
  for (const ip of crowd)
    execFileSync('ip', ['-n', stage.network.name, 'address', 'add', `${ip}/32`, 'dev', 'lo']);
  await stage.setZone({ ...zone, '*.late.fresh.example.com': ['SILENT'] });
});
afterEach(() => {
  for (const flood of floods.splice(0)) flood.kill('SIGKILL');
});
afterAll(() => stage.close());

/** Begins requests in the attacker's pod that never end; resolves with how many connections Squid has left open. */
async function flood(connections: number, headBytes: number, source = attacker): Promise<number> {
  const options = { host: PROXY, port: PROXY_PORT, source, connections, headBytes };
  const script = join(import.meta.dirname, 'support/squid/hold-process.ts');
  const command = stage.network.inside(process.execPath, script, JSON.stringify(options));
  const child = spawn('nsenter', command, { stdio: ['ignore', 'pipe', 'inherit'] });
  floods.push(child);
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return Number(line.toString());
}

async function request(source: string): Promise<string> {
  const { stdout, stderr } = await stage.curl(source, 'http://ok.example.com/path');
  return stdout || stderr;
}

describe('a client that begins requests and never ends them', () => {
  it('keeps as many connections as the limit allows, and others are served', async () => {
    expect(await flood(5 * CONNECTIONS, 0)).toBe(CONNECTIONS);
    expect(await request(victim)).toContain(`hello from ${ORIGIN}`);
    expect(await request(attacker)).not.toContain('hello from');
  });

  it('is served again when they have ended', async () => {
    await expect.poll(() => request(attacker), { timeout: 20_000 }).toContain(`hello from ${ORIGIN}`);
  });

  it('costs no more memory than the heads that the limit allows', async () => {
    const before = residentMemory(stage.squid.pid);
    await flood(CONNECTIONS, REQUEST_HEADER_BYTES - 1024);
    expect(residentMemory(stage.squid.pid) - before).toBeLessThan(2 * CONNECTIONS * REQUEST_HEADER_BYTES);
  });

  it('gets an answer to a head that is larger', async () => {
    const filling = `X-Filling: ${'x'.repeat(REQUEST_HEADER_BYTES)}`;
    const { stdout } = await stage.curl(
      victim,
      '-w',
      '%{http_code}',
      '-o',
      '/dev/null',
      '-H',
      filling,
      'http://ok.example.com/',
    );
    expect(stdout).toBe('431');
  });
});

describe('the pods of a namespace that begin requests and never end them', () => {
  const served = async () => (await request(crowd[0] ?? '')).includes('hello from');

  it('keep twice limits.connections together, and others are served', async () => {
    const kept: number[] = [];
    for (const source of crowd) kept.push(await flood(EACH_OF_CROWD, 0, source));
    expect(kept).toEqual([EACH_OF_CROWD, 2 * CROWD_CONNECTIONS - EACH_OF_CROWD, 0]);
    expect(await request(victim)).toContain(`hello from ${ORIGIN}`);
    await expect
      .poll(() => request(crowd[0] ?? ''))
      .toContain('TooManyConnections: this namespace has too many');
    await expect
      .poll(() => stage.metric('connections_refused_total{namespace="crowd"}'), { timeout: 20_000 })
      .toBeGreaterThanOrEqual(crowd.length * EACH_OF_CROWD - 2 * CROWD_CONNECTIONS);
  });

  it('are served again when these have ended, each as often as it asks', async () => {
    await expect.poll(served, { timeout: 20_000 }).toBe(true);
    // A request counts until its log line is read: so fewer than the limit, and once more after a refusal.
    const requests = CROWD_CONNECTIONS - 10;
    const load = { kind: 'GET' as const, targets: ['ok.example.com:80'], sources: crowd, requests };
    const outcomes = async () => (await stage.load({ ...load, concurrency: 3 })).outcomes;
    for (let turn = 0; turn < 4; turn += 1)
      await expect.poll(outcomes, { timeout: 30_000, interval: 1000 }).toEqual({ 200: requests });
  });

  it('keep as many after an agent has started again', async () => {
    await stage.killAgent('SIGKILL');
    await stage.startAgent();
    expect(await flood(EACH_OF_CROWD, 0, crowd[0])).toBe(EACH_OF_CROWD);
    expect(await flood(EACH_OF_CROWD, 0, crowd[1])).toBe(2 * CROWD_CONNECTIONS - EACH_OF_CROWD);
  });
});

describe('a table of limits that is not one', () => {
  it.each([
    ['cut off', 'accept 1, and half a record'],
    ['empty', ''],
    ['of another format', 'x'.repeat(40)],
  ])('leaves the limits of the last one: %s', async (_, content) => {
    writeFileSync(join(stage.folder, 'run', 'client-limits'), content);
    const kept = await Promise.all(crowd.map((source) => flood(EACH_OF_CROWD, 0, source)));
    expect(kept.reduce((sum, count) => sum + count, 0)).toBe(2 * CROWD_CONNECTIONS);
  });
});

describe('a client with many requests for one name', () => {
  it('is not refused while all of them wait for its addresses', async () => {
    const requests = CONNECTIONS - 10;
    const targets = ['one.late.fresh.example.com:80'];
    const loaded = stage.load({
      kind: 'GET',
      targets,
      sources: [victim],
      requests,
      concurrency: requests,
    });
    await expect.poll(() => stage.metric('pending_questions'), { timeout: 20_000 }).toBe(requests);
    await stage.setZone({ ...zone, 'one.late.fresh.example.com': [ORIGIN] });
    expect((await loaded).outcomes).toEqual({ 200: requests });
  });
});

describe('namespaces that ask for names of a silent nameserver', () => {
  const NAMES = 10_000;
  const MOST_DESCRIPTORS = 300;
  const descriptors = () => readdirSync(`/proc/${stage.agent.pid}/fd`).length;
  const load = (targets: string[], sources: string[], requests: number, concurrency: number) =>
    stage.load({ kind: 'GET', targets, sources, requests, concurrency });

  it('get few sockets of the agent, and others get answers for new names', async () => {
    let ended = false;
    const flooded = load(['n{index}.silent.example:80'], hostile, NAMES, 600).finally(() => {
      ended = true;
    });
    await expect.poll(() => stage.metric('pending_questions'), { timeout: 20_000 }).toBeGreaterThan(300);
    const outcomes: Record<string, number>[] = [];
    let most = descriptors();
    for (let turn = 0; turn < freshNames.length; turn += 20) {
      const targets = freshNames.slice(turn, turn + 20).map((name) => `${name}:80`);
      outcomes.push((await load(targets, [victim], targets.length, 2)).outcomes);
      most = Math.max(most, descriptors());
    }
    expect(ended).toBe(false);
    expect(outcomes).toEqual(outcomes.map(() => ({ 200: 20 })));
    expect(most).toBeLessThan(MOST_DESCRIPTORS);
    await flooded;
  });

  it('see immediately that DNS does not answer for the zone', async () => {
    // One look-up in two seconds still tries the nameserver.
    const asked = async () => (await stage.curl(hostile[0] ?? '', 'http://next.silent.example/')).stdout;
    await expect
      .poll(asked, { timeout: 60_000 })
      .toContain('DNS does not answer for names in silent.example');
    await expect.poll(descriptors).toBeLessThan(MOST_DESCRIPTORS / 2);
  });
});
