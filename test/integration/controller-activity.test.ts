import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ApiServer, CallerReview } from '../../src/agent/api/index.ts';
import { Activity } from '../../src/agent/flows/index.ts';
import { OpenTunnels } from '../../src/agent/tunnels/index.ts';
import {
  ACTIVITY_NAME,
  type AuditRecord,
  type EgressActivity,
  type EgressRuleSet,
  label,
} from '../../src/api/index.ts';
import { reconcileActivity } from '../../src/controller/activity/controller.ts';
import type { Deps } from '../../src/controller/deps.ts';
import { AgentReports } from '../../src/controller/state/agent-reports.ts';
import { type KubeObject, resources } from '../../src/kube/index.ts';
import { silentLog } from '../../src/telemetry/index.ts';
import { systemClock } from '../../src/time/index.ts';
import { until } from '../support/until.ts';
import { type Stage, startStage } from './support/controller-stage.ts';
import { freePorts } from './support/free-ports.ts';
import { conditionOf, createNamespace, defaultProxy, find, runPod } from './support/objects.ts';
import type { RunningController } from './support/running-controller.ts';

const INTERVAL = 1_000;
const replica = { [label.component]: 'proxy', [label.ownerProxy]: 'egress-proxy.squid' };
const permission = { group: 'zalando.org', resource: 'egressproxies', subresource: 'flows', verb: 'get' };
let stage: Stage;
let agentPort: number;
let agent: ApiServer;
/** One run of the agent: replaced, it has been started again. */
let run: Activity;
let tunnels: OpenTunnels;
const startRun = () => {
  tunnels = new OpenTunnels();
  run = new Activity({ pod: 'squid-0', clock: systemClock, tunnels });
};

beforeAll(async () => {
  stage = await startStage();
  [agentPort = 0] = await freePorts(1);
  startRun();
  const review = new CallerReview({ client: stage.client, permission, clock: systemClock });
  agent = new ApiServer({
    port: agentPort,
    access: { generations: { review: async () => 'granted' }, flows: review },
    generations: () => ({ generations: {} }),
    upstreams: () => ({ upstreams: [] }),
    flows: (query) => run.flows(query),
    activity: (namespaces) => run.report(namespaces),
    log: silentLog,
  });
  await agent.listen();
  start();
  await stage.client.create(resources.egressProxies, defaultProxy());
  const secret = await until(
    "the agent's certificate",
    find(stage.client, resources.secrets, 'squid-agent-tls', 'egress-proxy'),
  );
  const read = (key: string) => Buffer.from(secret?.data?.[key] ?? '', 'base64').toString();
  agent.serve({ cert: read('tls.crt'), key: read('tls.key') });
  await runPod(stage.client, {
    name: 'squid-0',
    namespace: 'egress-proxy',
    labels: replica,
    podIP: '127.0.0.1',
  });
  await createNamespace(stage.client, 'my-app', { [label.mode]: 'enforce' });
}, 180_000);
afterAll(async () => {
  await stage?.stop();
  await agent?.close();
});

function start(unusedDays = 30): RunningController {
  return stage.startController({ agentPort, activityIntervalMs: INTERVAL, unusedDays });
}

const activity = () => find(stage.client, resources.egressActivities, ACTIVITY_NAME, 'my-app')();

function requests(count: number, more: Partial<AuditRecord> = {}): void {
  const one: AuditRecord = {
    id: 'x',
    time: new Date().toISOString(),
    namespace: 'my-app',
    owner: 'Deployment/api',
    target: 'h.example:443',
    verdict: 'allow',
    reason: 'RuleAllowed',
    rule: 'my-app/rules#0',
    bytesReceived: 1,
    bytesSent: 1,
    durationMs: 1,
    ...more,
  };
  run.printed(Array.from({ length: count }, () => ({ text: JSON.stringify(one), record: one })));
}

const total = (expected: number) =>
  until(`${expected} requests`, activity, (now) => now?.status?.requests === expected);
const countsOf = (found: EgressActivity | undefined) =>
  Object.fromEntries((found?.status?.targets ?? []).map(({ target, count }) => [target, count]));

describe('an EgressActivity', () => {
  test('says from the beginning that nothing was asked for', async () => {
    const found = await until('a status', activity, (now) => now?.status?.mode !== undefined);
    expect(found?.status).toMatchObject({ mode: 'enforce', requests: 0, denied: 0, dropped: 0 });
  });

  test('shows what the agents counted, beside the conditions', async () => {
    requests(3);
    requests(2, { target: 'x.example:443', verdict: 'deny', reason: 'NoMatchingRule' });
    const found = await total(5);
    expect(found?.status).toMatchObject({ denied: 2, lastRefused: 'x.example:443' });
    expect(countsOf(found)).toEqual({ 'h.example:443': 3, 'x.example:443': 2 });
    expect(found?.status?.targets?.find(({ verdict }) => verdict === 'allow')).toMatchObject({
      owners: ['Deployment/api'],
      rule: 'my-app/rules#0',
    });
    expect(conditionOf(found, 'Enforced')).toBe('True Enforced');
  });

  test('has no counts written to it where nothing was asked for', async () => {
    await createNamespace(stage.client, 'quiet', { [label.mode]: 'enforce' });
    const quiet = find(stage.client, resources.egressActivities, ACTIVITY_NAME, 'quiet');
    await until('a status', quiet, (now) => now?.status?.mode !== undefined);
    for (let round = 0; round < 2; round += 1) {
      const { status } = (await activity()) ?? {};
      requests(1);
      await until('the next counts', activity, (now) => now?.status?.countedAt !== status?.countedAt);
    }
    const found = (await quiet()) as KubeObject | undefined;
    const managers = found?.metadata.managedFields?.map(({ manager }) => manager);
    expect(managers).not.toContain('kube-egress-activity');
  });

  test('is written once an interval at most', async () => {
    const seen = new Set<string>();
    for (let turn = 0; turn < 5; turn += 1) {
      requests(1);
      const found = await until('the next write', activity, (now) => !seen.has(now?.status?.countedAt ?? ''));
      seen.add(found?.status?.countedAt ?? '');
    }
    const times = [...seen].map((time) => Date.parse(time)).sort();
    const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    expect(gaps.every((gap) => gap >= INTERVAL)).toBe(true);
    await total(12);
  });

  test('adds nothing twice and loses nothing when the leader changes and the agent is started again', async () => {
    await stage.stopControllers();
    requests(1);
    start();
    await total(13);
    startRun();
    requests(4);
    const found = await total(17);
    expect(countsOf(found)).toEqual({ 'h.example:443': 15, 'x.example:443': 2 });
    await stage.stopControllers();
    start();
    requests(1);
    // The run that is over is marked no longer than a leader remembers it.
    expect((await total(18))?.status?.watermarks).toHaveLength(1);
  });

  test('is not written by a leader who does not know yet what the one before wrote', async () => {
    const known = await total(18);
    const stale = known && { ...known, metadata: { ...known.metadata, resourceVersion: '1' } };
    const reports = new AgentReports();
    const deps = {
      client: stage.client,
      clock: systemClock,
      settings: { activityIntervalMs: 0 },
      reflectors: {
        activities: { store: { get: () => stale } },
        pods: { store: { get: () => ({}) } },
      },
    } as unknown as Deps;
    requests(1);
    reports.record('egress-proxy/squid-0', run.report(), 0);
    const again = await reconcileActivity('my-app', reports, deps, AbortSignal.timeout(10_000));
    expect(again).toEqual({ requeueAfterMs: expect.any(Number) });
    expect(countsOf(await total(19))).toEqual({ 'h.example:443': 17, 'x.example:443': 2 });
  });

  test('takes any name that a client can send, and of many the newest 500', async () => {
    requests(1, { target: 'a\u0000\u001b[2J\u202e"\\\n\t:80', verdict: 'deny', reason: 'MalformedTarget' });
    const odd = await total(20);
    expect(odd?.status?.lastRefused).toBe('a%00%1B[2J%E2%80%AE"\\%0A%09:80');
    for (let n = 0; n < 2000; n += 1) requests(1, { target: `${n}.example:80`, verdict: 'deny' });
    const many = await total(2020);
    const { targets = [], dropped = 0 } = many?.status ?? {};
    expect(targets).toHaveLength(500);
    expect(targets.reduce((sum, { count }) => sum + count, dropped)).toBe(2020);
    expect(JSON.stringify(many).length).toBeLessThan(256 << 10);
  });

  test('can be written by the controller only', async () => {
    const tenant = stage.plane.as('team', ['system:authenticated']);
    const forged = tenant.patch(
      resources.egressActivities,
      { namespace: 'my-app', name: ACTIVITY_NAME, subresource: 'status' },
      { status: { requests: 0 } },
    );
    await expect(forged).rejects.toThrow(/forbidden/);
  });
});

describe('the use of a rule set', () => {
  const rules = () => find(stage.client, resources.egressRuleSets, 'rules', 'my-app')();
  const makeRules = (name: string): Promise<EgressRuleSet> =>
    stage.client.create(resources.egressRuleSets, {
      metadata: { name, namespace: 'my-app' },
      spec: { targets: ['h.example:443', 'never.example:443'] },
    });

  test('shows when each of its targets was last used', async () => {
    await makeRules('rules');
    const found = await until('its use', rules, (now) => now?.status?.usage?.lastUsed !== undefined);
    expect(found?.status?.usage?.targets?.map(({ target }) => target)).toEqual(['h.example:443']);
    expect(conditionOf(found, 'InUse')).toBe('True Used');
  });

  test('that is unused gets a condition and an Event', async () => {
    await stage.stopControllers();
    // Two seconds.
    start(2 / 86_400);
    await makeRules('idle');
    const idle = find(stage.client, resources.egressRuleSets, 'idle', 'my-app');
    await until('Unused', idle, (now) => conditionOf(now, 'InUse') === 'False Unused');
    const events = () => stage.client.list(resources.events, { namespace: 'my-app' });
    await until('the Event', events, ({ items }) =>
      items.some(({ involvedObject, reason }) => involvedObject.name === 'idle' && reason === 'Unused'),
    );
    expect(conditionOf(await idle(), 'Accepted')).toBe('True Accepted');
  });
});
