import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ORIGIN, PODS, PROXY, PROXY_PORT } from './support/squid/addresses.ts';
import { enforcedNamespace, ruleSet, runningPod } from './support/squid/cluster-objects.ts';
import { SquidStage } from './support/squid/squid-stage.ts';

const [loud = '', quiet = '', slow = ''] = PODS;
const CONNECTIONS = 50;
const BURST = 60;
const stage = new SquidStage({
  privateDestinations: 'Allow',
  privateCIDRs: ['203.0.113.0/24'],
  limits: { requestsPerSecond: 20, requestBurst: BURST, connections: CONNECTIONS },
});
const TARGET = `${ORIGIN}:80`;

async function podIn(namespace: string, ip: string, labels: Record<string, string> = {}): Promise<void> {
  await stage.apply(enforcedNamespace(namespace, labels));
  await stage.apply(runningPod({ namespace, name: namespace, ip }));
  await stage.apply(ruleSet(namespace, [TARGET]));
}

const flood = (source: string, requests: number, concurrency: number) =>
  stage.load({ kind: 'GET', targets: [TARGET], sources: [source], requests, concurrency });

/** Opens as many tunnels as are allowed, and says `open`; closes one at a word, and says `closed`. */
function holdTunnels(source: string) {
  const script = `
    const { connect } = require('node:net');
    const open = () => new Promise((resolve) => {
      const socket = connect({ host: '${PROXY}', port: ${PROXY_PORT}, localAddress: '${source}' });
      socket.once('connect', () => socket.write('CONNECT ${TARGET} HTTP/1.1\\r\\nHost: ${TARGET}\\r\\n\\r\\n'));
      socket.on('error', () => {});
      socket.once('data', () => resolve(socket));
    });
    Promise.all(Array.from({ length: ${CONNECTIONS} }, open)).then((sockets) => {
      console.log('open');
      process.stdin.once('data', () => sockets[0].once('close', () => console.log('closed')).destroy());
    });`;
  const child = spawn('nsenter', stage.network.inside(process.execPath, '-e', script), {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    next: async () => (await lines.next()).value as string,
    closeOne: () => child.stdin.write('close\n'),
    end: () => child.kill('SIGKILL'),
  };
}

/** The status of one request and its reason if it is refused. */
async function ask(source: string): Promise<string> {
  const { stderr } = await stage.curl(source, '-v', '-o', '/dev/null', `http://${TARGET}/`);
  const [, status = 'none'] = /< HTTP\/1.1 (\d+)/.exec(stderr) ?? [];
  const [, reason = ''] = /X-Egress-Decision: .*?\((\w+)/.exec(stderr) ?? [];
  return `${status} ${reason}`.trim();
}

beforeAll(async () => {
  await podIn('loud', loud);
  await podIn('quiet', quiet);
  await podIn('slow', slow, { tier: 'slow' });
  await stage.apply({
    kind: 'ClusterEgressRuleSet',
    metadata: { name: 'slow' },
    ...{
      spec: {
        targets: [],
        namespaceSelector: { matchLabels: { tier: 'slow' } },
        limits: { requestsPerSecond: 1, requestBurst: 1 },
      },
    },
  });
  await stage.start();
});
afterAll(() => stage.close());

describe('a namespace that sends too much', () => {
  it('is refused with 429, and others are served meanwhile', async () => {
    // Fewer than Squid accepts of a namespace: twice the connections.
    const flooded = flood(loud, 400, 2 * CONNECTIONS);
    expect(await ask(quiet)).toBe('200');
    const { outcomes, seconds } = await flooded;
    expect(Object.keys(outcomes).sort()).toEqual(['200', '429']);
    // The burst, the rate, and those that wait.
    expect(outcomes['200']).toBeLessThanOrEqual(BURST + 20 * (seconds + 1) + 1);
    const refused = await stage.audited(1, ({ reason }) => reason === 'RateLimited');
    expect(refused[0]).toMatchObject({ namespace: 'loud', verdict: 'deny', status: 429 });
  });

  it('is refused more connections than it may have open, until it closes one', async () => {
    const holder = holdTunnels(quiet);
    expect(await holder.next()).toBe('open');
    expect(await ask(quiet)).toBe('429 TooManyConnections');
    holder.closeOne();
    expect(await holder.next()).toBe('closed');
    await expect.poll(() => ask(quiet), { timeout: 30_000, interval: 500 }).toBe('200');
    holder.end();
  });

  it('has less where a cluster rule set narrows the limits', async () => {
    const { outcomes } = await flood(slow, 40, 40);
    expect(outcomes['429']).toBeGreaterThan(30);
  });
});
