import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { API_VERSION } from '../../src/api/index.ts';
import { KubeClient, loadCluster } from '../../src/kube/index.ts';
import { readProcesses } from '../soak/read-processes.ts';
import { type Reading, renderTrends, type Trend, trendOf } from '../soak/trend.ts';
import {
  apply,
  eventually,
  kubectl,
  leaveNamespaces,
  makeNamespace,
  removeNamespaces,
} from './support/client-pods.ts';
import { FollowedAuditFiles } from './support/exactness/audit-files.ts';
import { DetachedLoads, runLoad, startLoadPod } from './support/load/load.ts';
import { RuleChanges } from './support/rule-changes.ts';

/** On demand half an hour (`scripts/test soak`), in CI half a minute. */
const SECONDS = Number(process.env['KUBE_EGRESS_SOAK_MINUTES'] ?? 0.5) * 60;
const READINGS = SECONDS > 120 ? 60 : 6;
const NAMESPACE = 'soak';
const ALLOWED = 'steady.example.com:443';
const PROXY = { namespace: 'egress-proxy', name: 'squid' };
const CLIENTS = 16;
/** Clients that keep the pace: so many that their pauses, and not the answers, decide it. */
const PACED = 128;
/** The part of the machine's capacity that the load takes. */
const SHARE = 0.7;
/** Milliseconds between two rule changes: ten a second. */
const CHANGE_EVERY = 100;

beforeAll(async () => {
  await removeNamespaces(NAMESPACE);
  await makeNamespace({ namespace: NAMESPACE, mode: 'enforce' });
  const metadata = { name: 'rules', namespace: NAMESPACE };
  await apply({ apiVersion: API_VERSION, kind: 'EgressRuleSet', metadata, spec: { targets: [ALLOWED] } });
  await kubectl(`wait -n ${NAMESPACE} --for=condition=Programmed egressruleset/rules --timeout=30s`);
  await startLoadPod(NAMESPACE);
});
afterAll(() => leaveNamespaces(NAMESPACE));

/** Requests a second of as many clients as take all that there is, while the rules change. */
async function capacity(): Promise<number> {
  const seconds = 5;
  const { counts } = await runLoad(`${NAMESPACE}/load`, { target: ALLOWED, concurrency: CLIENTS, seconds });
  return (counts['200'] ?? 0) / seconds;
}

/** Reads every process at regular times. */
async function readTrends(): Promise<Map<string, Trend>> {
  const readings = new Map<string, Reading[]>();
  const start = Date.now();
  for (let count = 0; count <= READINGS; count += 1) {
    await sleep(start + (count * SECONDS * 1000) / READINGS - Date.now());
    const at = (Date.now() - start) / 1000;
    for (const [name, figures] of await readProcesses(PROXY)) {
      const own = readings.get(name) ?? [];
      readings.set(name, [...own, { at, ...figures }]);
    }
  }
  return new Map([...readings].map(([name, own]) => [name, trendOf(own)]));
}

describe(`${SECONDS} s at 70 % of the capacity, with ten rule changes a second`, () => {
  test(
    'no request fails, each is in the audit log, and no process takes more and more descriptors',
    async () => {
      const client = new KubeClient(await loadCluster({}));
      await using changing = new RuleChanges(client, NAMESPACE, ALLOWED, CHANGE_EVERY);
      const most = await capacity();
      using audit = new FollowedAuditFiles();
      const own = () => audit.read().filter(({ namespace }) => namespace === NAMESPACE);
      const pauseMs = Math.round((1000 * PACED) / (SHARE * most));
      const before = new Set(own().map(({ id }) => id));
      const load = { target: ALLOWED, concurrency: PACED, pauseMs };
      const loads = await DetachedLoads.start(`${NAMESPACE}/load`, { load });
      const trends = await readTrends();
      const { load: result } = await loads.end();
      const { counts = {}, samples, slowestMs, p99Ms } = result ?? {};
      const rate = ((counts['200'] ?? 0) / SECONDS).toFixed(0);
      process.stdout.write(
        `\n${renderTrends(trends)}\n${rate} requests/s of ${most.toFixed(0)}, p99 ${p99Ms} ms, slowest ${slowestMs} ms, ${changing.count} rule changes\n`,
      );
      expect(Object.keys(counts), JSON.stringify({ counts, samples })).toEqual(['200']);
      expect(changing.count).toBeGreaterThan(SECONDS);
      const ids = () =>
        new Set(
          own()
            .map(({ id }) => id)
            .filter((id) => !before.has(id)),
        ).size;
      expect(await eventually(async () => ids() >= (counts['200'] ?? 0), true, 60)).toBe(true);
      for (const [name, { descriptors }] of trends)
        expect(descriptors[1], name).toBeLessThan(2 * descriptors[0] + 64);
    },
    SECONDS * 1000 + 180_000,
  );
});
