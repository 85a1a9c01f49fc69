import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ApiServer, CallerReview } from '../../src/agent/api/index.ts';
import {
  API_VERSION,
  type ClusterEgressRuleSet,
  type EgressRuleSet,
  label,
  MANAGER,
} from '../../src/api/index.ts';
import { type KubeObject, type Resource, resources } from '../../src/kube/index.ts';
import { silentLog } from '../../src/telemetry/index.ts';
import { systemClock } from '../../src/time/index.ts';
import { until } from '../support/until.ts';
import { type Stage, startStage } from './support/controller-stage.ts';
import { onlyGenerations, seesNothing } from './support/fake-agent.ts';
import { freePorts } from './support/free-ports.ts';
import { conditionOf, createNamespace, defaultProxy, find, runPod } from './support/objects.ts';

const permission = {
  group: 'zalando.org',
  resource: 'egressproxies',
  subresource: 'generations',
  verb: 'get',
};
let stage: Stage;
let agent: ApiServer;
/** What the agent says that it decides by. */
const decidesBy: Record<string, number> = {};

beforeAll(async () => {
  stage = await startStage();
  const [agentPort = 0] = await freePorts(1);
  agent = new ApiServer({
    port: agentPort,
    access: onlyGenerations(new CallerReview({ client: stage.client, permission, clock: systemClock })),
    generations: () => ({ generations: decidesBy }),
    ...seesNothing,
    log: silentLog,
  });
  await agent.listen();
  stage.startController({ agentPort });
  await stage.client.create(resources.egressProxies, defaultProxy());
  await createNamespace(stage.client, 'my-app', { [label.mode]: 'enforce' });
  const secret = await until(
    "the agent's certificate",
    find(stage.client, resources.secrets, 'squid-agent-tls', 'egress-proxy'),
  );
  const read = (key: string) => Buffer.from(secret?.data?.[key] ?? '', 'base64').toString();
  agent.serve({ cert: read('tls.crt'), key: read('tls.key') });
}, 180_000);
afterAll(async () => {
  await stage?.stop();
  await agent?.close();
});

const address = { namespace: 'my-app', name: 'rules' };
const rules = () => stage.client.find(resources.egressRuleSets, address);
const programmedIs = (expected: string) => (set: EgressRuleSet | ClusterEgressRuleSet | undefined) =>
  conditionOf(set, 'Programmed') === expected &&
  set?.status?.conditions?.find(({ type }) => type === 'Programmed')?.observedGeneration ===
    set?.metadata.generation;

async function write(targets: string[], targetGroups: string[] = []): Promise<EgressRuleSet> {
  const set: EgressRuleSet = {
    apiVersion: API_VERSION,
    kind: 'EgressRuleSet',
    metadata: address,
    spec: { targets, ...(targetGroups.length > 0 && { targetGroups }) },
  };
  return stage.client.apply(set, { fieldManager: 'test', force: true });
}

const replicaLabels = {
  [label.component]: 'proxy',
  [label.ownerProxy]: 'egress-proxy.squid',
  [label.managedBy]: MANAGER,
};
const runReplica = (name: string, podIP: string) =>
  runPod(stage.client, { name, namespace: 'egress-proxy', labels: replicaLabels, podIP });

describe('a rule set', () => {
  test('is not programmed before a replica is ready', async () => {
    await write(['a.example.com:443', '*.example.org:80']);
    const set = await until('NoReadyReplica', rules, programmedIs('False NoReadyReplica'));
    expect(conditionOf(set, 'Accepted')).toBe('True Accepted');
    expect(set?.status).toMatchObject({ targets: 2, proxies: ['egress-proxy/squid'] });
  });

  test('is pending as long as a ready replica decides by something older', async () => {
    await runReplica('squid-a', '127.0.0.1');
    await until('Pending', rules, programmedIs('False Pending'));
  });

  test('is programmed when every ready replica decides by this generation', async () => {
    const { metadata } = await stage.client.get(resources.egressRuleSets, address);
    decidesBy[metadata.uid ?? ''] = metadata.generation ?? 0;
    const set = await until('Programmed', rules, programmedIs('True Programmed'));
    expect(conditionOf(set, 'Ready')).toBe('True Ready');
  });

  test('a change is pending again, and then programmed', async () => {
    const { metadata } = await write(['b.example.com:443']);
    await until('Pending', rules, programmedIs('False Pending'));
    decidesBy[metadata.uid ?? ''] = metadata.generation ?? 0;
    await until('Programmed', rules, programmedIs('True Programmed'));
  });

  test('is programmed when the replica decides by its target groups too, and by each change of one', async () => {
    const group = (...targets: string[]) =>
      stage.client.apply(
        { apiVersion: API_VERSION, kind: 'EgressTargetGroup', metadata: { name: 'npm' }, spec: { targets } },
        { fieldManager: 'test', force: true },
      );
    const learn = ({ metadata }: KubeObject) => {
      decidesBy[metadata.uid ?? ''] = metadata.generation ?? 0;
    };
    const first = await group('registry.example.com:443');
    learn(await write(['b.example.com:443'], ['npm']));
    await until('Pending for the group', rules, programmedIs('False Pending'));
    learn(first);
    await until('Programmed', rules, programmedIs('True Programmed'));
    const second = await group('registry.example.com:443', 'files.example.com:443');
    await until('Pending for its change', rules, programmedIs('False Pending'));
    learn(second);
    await until('Programmed with the change', rules, programmedIs('True Programmed'));
    await stage.client.delete(resources.egressTargetGroups, { name: 'npm' });
    const isLost = (set: EgressRuleSet | undefined) =>
      conditionOf(set, 'Ready') === 'False TargetGroupNotFound';
    await until('the group is gone', rules, isLost);
  });

  test('a replica that does not answer holds up what is new, and takes away nothing that was agreed', async () => {
    // No process listens on that address's port: the agent serves TLS for one Service name, on every address of IPv4.
    await runReplica('squid-b', '192.0.2.99');
    const { metadata } = await write(['c.example.com:443']);
    decidesBy[metadata.uid ?? ''] = metadata.generation ?? 0;
    await until('AgentUnreachable', rules, programmedIs('False AgentUnreachable'));
    await stage.client.delete(
      resources.pods,
      { namespace: 'egress-proxy', name: 'squid-b' },
      { gracePeriodSeconds: 0 },
    );
    await until('Programmed', rules, programmedIs('True Programmed'));
  });

  test('what does not parse is not accepted and grants nothing', async () => {
    await write(['https://d.example.com/']);
    const set = await until('Invalid', rules, programmedIs('False Invalid'));
    expect(conditionOf(set, 'Accepted')).toBe('False Invalid');
    expect(JSON.stringify(set?.status?.conditions)).toContain('spec.targets[0]');
  });

  test('beyond the quota of its namespace says so, until there is room', async () => {
    await write(['a.example.com:443', 'b.example.com:443']);
    const proxy = { namespace: 'egress-proxy', name: 'squid' };
    const limit = (targetsPerNamespace: number) =>
      stage.client.patch(resources.egressProxies, proxy, { spec: { limits: { targetsPerNamespace } } });
    await limit(3);
    await stage.client.create(resources.egressRuleSets, {
      apiVersion: API_VERSION,
      kind: 'EgressRuleSet',
      // By its name it is the newer one, even if both are of the same second.
      metadata: { namespace: 'my-app', name: 'surplus' },
      spec: { targets: ['c.example.com:443', 'd.example.com:443'] },
    });
    const surplus = find(stage.client, resources.egressRuleSets, 'surplus', 'my-app');
    const refused = await until('QuotaExceeded', surplus, programmedIs('False QuotaExceeded'));
    expect(JSON.stringify(refused?.status?.conditions)).toContain('4 targets (at most 3)');
    expect(conditionOf(refused, 'Accepted')).toBe('True Accepted');
    await write(['a.example.com:443']);
    await until('there is room', surplus, programmedIs('False Pending'));
    await write(['a.example.com:443', 'b.example.com:443']);
    await until('it is displaced', surplus, programmedIs('False QuotaExceeded'));
    await limit(4);
    await until('the limit is raised', surplus, programmedIs('False Pending'));
    await stage.client.delete(resources.egressRuleSets, { namespace: 'my-app', name: 'surplus' });
  });

  test('is not served in a namespace that did not opt in', async () => {
    await createNamespace(stage.client, 'bystander');
    await stage.client.create(resources.egressRuleSets, {
      metadata: { namespace: 'bystander', name: 'rules' },
      spec: { targets: ['a.example.com:443'] },
    });
    const theirs = find(stage.client, resources.egressRuleSets, 'rules', 'bystander');
    await until('NotServed', theirs, programmedIs('False NotServed'));
    await stage.client.patch(
      resources.namespaces,
      { name: 'bystander' },
      { metadata: { labels: { [label.mode]: 'observe' } } },
    );
    await until('served', theirs, (now) => now?.status?.proxies?.length === 1);
  });

  test('a cluster rule set is served where it selects a namespace that is', async () => {
    const set = await stage.client.create(resources.clusterEgressRuleSets, {
      metadata: { name: 'guard-rail' },
      spec: {
        targets: ['bad.example.com:443'],
        action: 'Deny',
        namespaceSelector: { matchLabels: { team: 'none' } },
      },
    });
    const guardRail = find(stage.client, resources.clusterEgressRuleSets, 'guard-rail');
    await until('NotServed', guardRail, programmedIs('False NotServed'));
    decidesBy[set.metadata.uid ?? ''] = 2;
    await stage.client.patch(
      resources.clusterEgressRuleSets,
      { name: 'guard-rail' },
      { spec: { namespaceSelector: null } },
    );
    await until('Programmed', guardRail, programmedIs('True Programmed'));
  });

  test('the EgressProxy is programmed when its replicas decide by its generation', async () => {
    const proxy = find(stage.client, resources.egressProxies, 'squid', 'egress-proxy');
    const now = await proxy();
    decidesBy[now?.metadata.uid ?? ''] = 99;
    const deployment = await stage.client.get(resources.deployments, {
      namespace: 'egress-proxy',
      name: 'squid',
    });
    const status = {
      observedGeneration: deployment.metadata.generation,
      replicas: 1,
      updatedReplicas: 1,
      readyReplicas: 1,
      availableReplicas: 1,
    };
    await stage.client.patch(
      resources.deployments,
      { namespace: 'egress-proxy', name: 'squid', subresource: 'status' },
      { status },
    );
    const programmed = await until(
      'Programmed',
      proxy,
      (found) => conditionOf(found, 'Programmed') === 'True Programmed',
    );
    expect(programmed?.status).toMatchObject({ readyReplicas: 1, namespaces: 2 });
    expect(conditionOf(programmed, 'Ready')).toBe('True Ready');
  });
});

type AnyRuleSet = EgressRuleSet | ClusterEgressRuleSet;

describe('a rule set that expires', () => {
  const kinds = [
    {
      kind: 'EgressRuleSet',
      resource: resources.egressRuleSets as Resource,
      address: { namespace: 'my-app', name: 'incident' },
    },
    {
      kind: 'ClusterEgressRuleSet',
      resource: resources.clusterEgressRuleSets as Resource,
      address: { name: 'incident' },
    },
  ];
  const incident = ({ resource, address }: (typeof kinds)[number]) =>
    stage.client.find(resource, address) as Promise<AnyRuleSet | undefined>;
  const expiredIs = (expected: string | undefined) => (set: AnyRuleSet | undefined) =>
    conditionOf(set, 'Expired') === expected;

  test.each(kinds)('$kind: tells so before, and has expired at its time', async (each) => {
    const { resource, address } = each;
    const later = new Date(Date.now() + 48 * 3_600_000).toISOString();
    const spec = { targets: ['help.example.com:443'], expiresAt: later, reason: 'incident 4711' };
    await stage.client.create(resource, { metadata: address, spec } as Omit<
      KubeObject,
      'apiVersion' | 'kind'
    >);
    await until('ExpiresLater', () => incident(each), expiredIs('False ExpiresLater'));
    const end = new Date(Date.now() + 10_000).toISOString();
    await stage.client.patch(resource, address, { spec: { expiresAt: end } });
    const set = await until('Expired', () => incident(each), expiredIs('True Expired'));
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(end));
    await until(
      'no effect',
      () => incident(each),
      (now) => conditionOf(now, 'Ready') === 'False Expired',
    );
    const told = async () => {
      const { items } = await stage.client.list(resources.events, {});
      const ours = items.filter(({ involvedObject }) => involvedObject.uid === set?.metadata.uid);
      return ours.map(({ reason }) => reason);
    };
    await until(
      'its Events',
      told,
      (reasons) => reasons.includes('ExpiresSoon') && reasons.includes('Expired'),
    );
  });

  test('is deleted after the time that the operator sets, and one that no longer expires stays', async () => {
    await stage.stopControllers();
    const [kept, gone] = kinds;
    if (kept === undefined || gone === undefined) throw new Error('two kinds');
    await stage.client.patch(kept.resource, kept.address, { spec: { expiresAt: null } });
    stage.startController({ removeExpiredDays: 0.00001 });
    await until(
      'it is gone',
      () => incident(gone),
      (set) => set === undefined,
    );
    const set = await until('it does not expire', () => incident(kept), expiredIs(undefined));
    expect(set?.spec.targets).toEqual(['help.example.com:443']);
  });
});
