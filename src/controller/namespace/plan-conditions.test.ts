import { describe, expect, test } from 'vitest';
import { API_VERSION, type EgressProxy, label } from '../../api/index.ts';
import { catalogProxies, resolveMode } from '../../injection/index.ts';
import type { KubeObject } from '../../kube/index.ts';
import type { CachedPod } from '../cache/trim-pod.ts';
import { chooseName, planNamespacePolicies } from '../namespace-policies/plan-policy.ts';
import { type NamespaceInput, planNamespaceConditions } from './plan-conditions.ts';

const NOW = Date.parse('2026-06-01T12:00:00Z');
const proxy: EgressProxy = {
  apiVersion: API_VERSION,
  kind: 'EgressProxy',
  metadata: { name: 'squid', namespace: 'egress-proxy' },
  spec: {},
};
const namespaceOf = (labels: Record<string, string>, annotations: Record<string, string> = {}) => ({
  metadata: { name: 'my-app', resourceVersion: '1', labels, annotations },
  terminating: false,
});
const servedAs = (labels: Record<string, string>, annotations: Record<string, string> = {}) =>
  resolveMode(namespaceOf(labels, annotations), catalogProxies([proxy]), {
    productNamespace: 'kube-egress-system',
  });
const SQUID = { [label.proxy]: 'egress-proxy.squid' };
const enforce = servedAs({ [label.mode]: 'enforce', ...SQUID });
const url = 'http://squid:3128';

const pod = (name: string, given: Partial<CachedPod> = {}): CachedPod => ({
  metadata: { name, namespace: 'my-app', uid: name, resourceVersion: '1', labels: {} },
  createdAt: 0,
  startedAt: NOW + 1_000,
  podIP: undefined,
  ownAddresses: [],
  ready: true,
  terminating: false,
  injected: { proxy: 'egress-proxy.squid', url, containers: ['app'] },
  missingVariables: false,
  unservable: undefined,
  bareNames: undefined,
  bypassesPolicy: false,
  ...given,
});
const good: NamespaceInput = {
  served: enforce,
  url,
  pods: [pod('a')],
  policiesApplied: true,
  conflicts: [],
  widening: [],
  previous: undefined,
  now: NOW,
};

const say = (input: Partial<NamespaceInput>) => planNamespaceConditions({ ...good, ...input });
const condition = (input: Partial<NamespaceInput>, type: string) =>
  say(input).find((stated) => stated.type === type);

describe('planNamespaceConditions', () => {
  test('a namespace without troubles', () => {
    expect(say({}).map(({ type, status }) => `${type} ${status}`)).toEqual([
      'Injected True',
      'Enforced True',
      'PodsOnOldProxy False',
      'PodsOlderThanServices False',
      'PolicyConflict False',
      'WideningPolicyPresent False',
    ]);
  });

  test.each<[string, Partial<NamespaceInput>, string, string]>([
    [
      'observe closes nothing',
      { served: servedAs({ [label.mode]: 'observe', ...SQUID }) },
      'Enforced',
      'False ObserveMode',
    ],
    [
      'blocked closes as enforce does',
      { served: servedAs({ [label.mode]: 'blocked', ...SQUID }) },
      'Enforced',
      'True Blocked',
    ],
    ['a policy that could not be applied', { policiesApplied: false }, 'Enforced', 'False Pending'],
    [
      'a policy that is not ours, and ours under another name',
      { conflicts: ['enforce-egress-proxy'], replacement: 'enforce-egress-proxy-2' },
      'Enforced',
      'True Enforced',
    ],
    ['a policy that is not ours', { conflicts: ['enforce-egress-proxy'] }, 'Enforced', 'False Conflict'],
    [
      'no such proxy: closed',
      { served: servedAs({ [label.mode]: 'enforce', [label.proxy]: 'x.y' }) },
      'Enforced',
      'True ProxyNotFound',
    ],
    [
      'no such proxy: not injected',
      { served: servedAs({ [label.mode]: 'enforce', [label.proxy]: 'x.y' }) },
      'Injected',
      'False ProxyNotFound',
    ],
    [
      'a pod without the variables',
      { pods: [pod('a', { missingVariables: true, injected: undefined })] },
      'Injected',
      'False PodsNotInjected',
    ],
    [
      'a terminating pod does not count',
      { pods: [pod('a', { missingVariables: true, terminating: true })] },
      'Injected',
      'True Injected',
    ],
    ['another address of the proxy', { url: 'http://squid:8080' }, 'PodsOnOldProxy', 'True PodsOnOldProxy'],
  ])('%s', (_, input, type, expected) => {
    const found = condition(input, type);
    expect(`${found?.status} ${found?.reason}`).toBe(expected);
  });

  test('Enforced names the pods that started before it', () => {
    const pods = [pod('after'), pod('before', { startedAt: NOW - 1_000 })];
    const message = condition({ pods }, 'Enforced')?.message;
    expect(message).toContain('since 2026-06-01T12:00:00Z');
    expect(message).toMatch(/started before .*: before$/);
  });

  test('Injected is True and names the pods that the proxy cannot serve, each with its reason', () => {
    const pods = [
      pod('a'),
      pod('exporter', { unservable: 'HostNetwork', injected: undefined }),
      pod('iis', { unservable: 'WindowsPod', injected: undefined }),
    ];
    expect(condition({ pods }, 'Injected')).toMatchObject({ status: 'True', reason: 'Injected' });
    expect(condition({ pods }, 'Injected')?.message).toMatch(/hostNetwork.*: exporter; .*Windows.*: iis$/);
    const late = pod('late', { missingVariables: true, injected: undefined });
    expect(condition({ pods: [...pods, late] }, 'Injected')?.message).toMatch(
      /restart: late; .*: exporter; /,
    );
  });

  test('a narrowed namespace is reported to be no boundary, and other pods do not count', () => {
    const served = servedAs(
      { [label.mode]: 'enforce', ...SQUID },
      { 'egress.zalando.org/pod-selector': 'app=api' },
    );
    const pods = [pod('beside', { missingVariables: true, injected: undefined })];
    expect(condition({ served, pods }, 'Injected')?.status).toBe('True');
    expect(condition({ served, pods }, 'Enforced')?.message).toContain('can exempt them');
  });

  test('a conflict names the policy that closes the namespace instead', () => {
    const input = { conflicts: ['enforce-egress-proxy'], replacement: 'enforce-egress-proxy-2' };
    expect(condition(input, 'PolicyConflict')).toMatchObject({ status: 'True', reason: 'Conflict' });
    expect(condition(input, 'PolicyConflict')?.message).toContain(
      'NetworkPolicy enforce-egress-proxy-2 closes the namespace instead',
    );
  });

  test('annotations that exempt pods from guards are named', () => {
    const exemptions = ['egress.zalando.org/allow-host-network'];
    expect(condition({ exemptions }, 'Enforced')?.message).toMatch(
      /exempt its pods from guards: egress.zalando.org\/allow-host-network$/,
    );
  });

  test('pods that bypass the policy through their node are named', () => {
    const pods = [pod('a'), pod('on-the-host', { bypassesPolicy: true, missingVariables: true })];
    expect(condition({ pods }, 'Enforced')?.message).toMatch(/through their node .*: on-the-host$/);
  });
});

describe('chooseName', () => {
  const policy = (name: string, metadata: Partial<KubeObject['metadata']> = {}): KubeObject => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name, namespace: 'my-app', ...metadata },
  });
  const labels = { [label.managedBy]: 'kube-egress' };
  const deletionTimestamp = '2026-06-01T12:00:00Z';

  test.each<[string, KubeObject[], string, string[]]>([
    ['nothing exists', [], 'enforce-egress-proxy', []],
    ['ours exists', [policy('enforce-egress-proxy', { labels })], 'enforce-egress-proxy', []],
    [
      'another has the name',
      [policy('enforce-egress-proxy')],
      'enforce-egress-proxy-2',
      ['enforce-egress-proxy'],
    ],
    [
      'others have the first two names',
      [policy('enforce-egress-proxy-2'), policy('enforce-egress-proxy')],
      'enforce-egress-proxy-3',
      ['enforce-egress-proxy', 'enforce-egress-proxy-2'],
    ],
    [
      'the other one does not end, since it has a finalizer',
      [policy('enforce-egress-proxy', { deletionTimestamp })],
      'enforce-egress-proxy-2',
      ['enforce-egress-proxy'],
    ],
    [
      'ours is terminating',
      [policy('enforce-egress-proxy', { labels, deletionTimestamp })],
      'enforce-egress-proxy-2',
      [],
    ],
    ['the name is free again', [policy('enforce-egress-proxy-2', { labels })], 'enforce-egress-proxy', []],
  ])('%s', (_, existing, name, conflicts) => {
    const chosen = chooseName(existing);
    expect(chosen.name).toBe(name);
    expect(chosen.conflicts.map(({ metadata }) => metadata.name)).toEqual(conflicts);
  });
});

describe('planNamespacePolicies', () => {
  const input = { dns: { services: [], nodeLocal: [] }, apiServer: [], nodeCIDRs: ['192.0.2.10/32'] };

  test('enforce has one policy, the other modes none', () => {
    const planned = (labels: Record<string, string>) =>
      planNamespacePolicies({ ...input, namespace: namespaceOf(labels), served: servedAs(labels) });
    expect(planned({ [label.mode]: 'enforce', ...SQUID })).toHaveLength(1);
    expect(planned({ [label.mode]: 'observe', ...SQUID })).toEqual([]);
    expect(planned({})).toEqual([]);
  });

  test('a proxy that does not exist leaves the namespace closed', () => {
    const labels = { [label.mode]: 'enforce', [label.proxy]: 'x.y' };
    const [policy] = planNamespacePolicies({
      ...input,
      namespace: namespaceOf(labels),
      served: servedAs(labels),
    });
    expect(policy?.metadata.labels?.[label.ownerProxy]).toBe('x.y');
    expect(policy?.spec.policyTypes).toEqual(['Egress']);
  });

  test('opens the ports of the proxy’s hostNetworkPorts on nodes, but no port of the system that was stored', () => {
    const opening = { ...proxy, spec: { ...proxy.spec, hostNetworkPorts: [9100, 10250, 22] } };
    const namespace = namespaceOf({ [label.mode]: 'enforce', ...SQUID });
    const served = resolveMode(namespace, catalogProxies([opening]), {
      productNamespace: 'kube-egress-system',
    });
    const [policy] = planNamespacePolicies({ ...input, namespace, served });
    const rule = policy?.spec.egress?.find(({ to = [] }) => to[0]?.ipBlock?.cidr === '192.0.2.10/32');
    expect(rule?.ports).toEqual([
      { protocol: 'TCP', port: 9100 },
      { protocol: 'UDP', port: 9100 },
    ]);
  });
});
