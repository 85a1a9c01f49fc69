import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bash } from '../../scripts/scenario/shell.ts';
import { clientImage } from '../../scripts/scenario/stage.ts';
import { API_VERSION } from '../../src/api/index.ts';
import { KubeClient, loadCluster } from '../../src/kube/index.ts';
import { eventually, leaveNamespaces, makeNamespace, removeNamespaces } from './support/client-pods.ts';
import { runLoad, startLoadPod } from './support/load/load.ts';
import { RuleChanges } from './support/rule-changes.ts';

const NAMESPACE = 'acceptance';
const ALLOWED = 'steady.example.com:443';
const BATCH = 2_500;

async function kubectl(args: string, input = ''): Promise<string> {
  const ran = await bash(`kubectl ${args}`, { input, timeoutSeconds: 120 });
  if (ran.code !== 0) throw new Error(`kubectl ${args}: ${ran.stderr}`);
  return ran.stdout;
}

function ruleSet(name: string, targets: string[]): string {
  return JSON.stringify({
    apiVersion: API_VERSION,
    kind: 'EgressRuleSet',
    metadata: { name, namespace: NAMESPACE },
    spec: { targets },
  });
}

/** In one of the proxy's pods, where the agent's container keeps running. */
async function killAgent(round: number): Promise<void> {
  const pods = (await kubectl('get pods -n egress-proxy -l app=squid -o name')).trim().split('\n');
  await kubectl(`exec -n egress-proxy ${pods[round % pods.length]} -c agent -- sh -c 'kill -9 -1'`);
}

beforeAll(async () => {
  await removeNamespaces(NAMESPACE);
  await makeNamespace({ namespace: NAMESPACE, mode: 'enforce' });
  await kubectl('apply -f -', ruleSet('steady', [ALLOWED]));
  await kubectl(`wait -n ${NAMESPACE} --for=condition=Programmed egressruleset/steady --timeout=30s`);
  await startLoadPod(NAMESPACE);
});

afterAll(async () => {
  await leaveNamespaces(NAMESPACE);
});

describe('under load', () => {
  test('10,000 requests while 200 rule changes happen: none that was allowed before and after is refused', async () => {
    const changing = new RuleChanges(new KubeClient(await loadCluster({})), NAMESPACE, ALLOWED);
    try {
      for (let requests = 0; requests < 10_000 || changing.count < 200; requests += BATCH) {
        const { counts, samples } = await runLoad(`${NAMESPACE}/load`, { target: ALLOWED, total: BATCH });
        expect(counts, JSON.stringify(samples)).toEqual({ 200: BATCH });
      }
    } finally {
      await changing.stop();
    }
    // So much to do takes a minute on two cores that another cluster shares, and more on slower ones.
  }, 600_000);

  test('the agents are killed with -9 ten times: no allowed request is refused', async () => {
    const mark = '/tmp/killed';
    const load = runLoad(`${NAMESPACE}/load`, { target: ALLOWED, concurrency: 16, until: mark });
    for (let round = 0; round < 10; round += 1) {
      await sleep(1000);
      await killAgent(round);
    }
    await sleep(2000);
    await kubectl(`exec -n ${NAMESPACE} load -- touch ${mark}`);
    const { counts, samples } = await load;
    expect(Object.keys(counts), JSON.stringify(samples)).toEqual(['200']);
  }, 180_000);
});

describe('a fresh pod', () => {
  test('that makes its first request in its first 50 ms gets the right answer', async () => {
    const names = Array.from({ length: 10 }, (_, index) => `fresh-${index}`);
    const items = names.map((name, index) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: NAMESPACE },
      spec: {
        restartPolicy: 'Never',
        terminationGracePeriodSeconds: 0,
        containers: [
          {
            name: 'main',
            image: clientImage,
            command: [
              'curl',
              '-s',
              '-m',
              '20',
              '-o',
              '/dev/null',
              '-w',
              '%{http_connect}',
              index % 2 === 0 ? 'https://steady.example.com/' : 'https://forbidden.example.com/',
            ],
          },
        ],
      },
    }));
    await kubectl('apply -f -', JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
    for (const [index, name] of names.entries()) {
      const log = await bash(
        `for i in $(seq 200); do phase=$(kubectl get pod -n ${NAMESPACE} ${name} -o jsonpath={.status.phase}); case $phase in Succeeded|Failed) break;; esac; sleep 0.3; done; kubectl logs -n ${NAMESPACE} ${name}`,
        { timeoutSeconds: 120 },
      );
      expect(log.stdout.trim(), `${name}: ${log.stderr}`).toBe(index % 2 === 0 ? '200' : '403');
    }
    const refused = async () => {
      const decided = await kubectl('logs -n egress-proxy -l app=squid --tail=-1');
      return decided
        .split('\n')
        .filter((line) => line.includes('forbidden.example.com') && line.includes('fresh-'));
    };
    // A line is printed a moment after its request has ended.
    expect(await eventually(async () => (await refused()).length >= 5, true)).toBe(true);
    for (const line of await refused()) expect(line).toContain('NoMatchingRule');
  }, 180_000);
});

describe('Programmed', () => {
  test('is true only when every ready replica decides by the set', async () => {
    // Right after the wait, no replica may refuse: the Service spreads these connections over all of them.
    for (let round = 0; round < 10; round += 1) {
      const target = `programmed-${round}.example.com:443`;
      await kubectl('apply -f -', ruleSet('programmed', [target]));
      await kubectl(`wait -n ${NAMESPACE} --for=condition=Programmed egressruleset/programmed --timeout=30s`);
      const { counts, samples } = await runLoad(`${NAMESPACE}/load`, { target, concurrency: 8, total: 40 });
      expect(counts, JSON.stringify(samples)).toEqual({ 200: 40 });
    }
  }, 180_000);
});
