import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import type { EgressProxy } from '../../api/index.ts';
import { guardNames } from './guard-names.ts';
import { type ClusterFacts, findingCodes, type NamespaceFacts, runChecks } from './index.ts';

const root = new URL('../../../', import.meta.url);
const now = Date.parse('2026-11-28T12:00:00Z');
const hoursAgo = (hours: number) => new Date(now - hours * 3_600_000).toISOString();

const proxy: EgressProxy = {
  apiVersion: 'zalando.org/v1',
  kind: 'EgressProxy',
  metadata: { namespace: 'egress-proxy', name: 'squid' },
  spec: {},
};

/** A cluster in which nothing is wrong, as far as these checks see. */
const sound: ClusterFacts = {
  now,
  version: 'v1.34.1',
  nodes: [],
  nodeLeases: [],
  systemServices: [],
  daemonSets: [],
  servedKinds: [],
  mutatingWebhooks: [],
  validatingWebhooks: [],
  guards: guardNames,
  webhookServices: new Map(),
  admission: { reached: true },
  servingSecrets: [],
  deployments: [],
  leaderLease: [],
  namespaces: [],
  proxies: [],
  ruleSets: [],
  clusterRuleSets: [],
  served: [],
};

function codesOf(facts: Partial<ClusterFacts>, check: string): string[] {
  const found = runChecks({ ...sound, ...facts }, { pre: false }).find(({ name }) => name === check);
  if (found === undefined) throw new Error(`no check "${check}"`);
  return found.findings.map(({ code }) => code);
}

const meta = (name: string) => ({ apiVersion: 'v1', kind: 'X', metadata: { name } });

describe('Kubernetes is new enough', () => {
  it.each([
    ['v1.30.9', ['KubernetesTooOld']],
    ['v1.31.0', []],
    ['v1.34.1-gke.100', []],
    ['v2.0.0', []],
    ['1.9', ['KubernetesTooOld']],
  ])('%s', (version, codes) => {
    expect(codesOf({ version }, 'Kubernetes is new enough')).toEqual(codes);
  });
});

describe('the clocks of the nodes are right', () => {
  const lease = (renewTime: string, time: string) => ({
    ...meta('node-1'),
    metadata: { name: 'node-1', managedFields: [{ time }] },
    spec: { renewTime },
  });
  it.each([
    ['equal clocks', '2026-11-28T12:00:00.500000Z', '2026-11-28T12:00:00Z', []],
    ['a node ten minutes behind', '2026-11-28T11:50:00.000000Z', '2026-11-28T12:00:00Z', ['NodeClockWrong']],
    ['a node ten minutes ahead', '2026-11-28T12:10:00.000000Z', '2026-11-28T12:00:00Z', ['NodeClockWrong']],
    ['a Lease without a time', '', '2026-11-28T12:00:00Z', []],
  ])('%s', (_, renewed, written, codes) => {
    expect(codesOf({ nodeLeases: [lease(renewed, written)] }, 'the clocks of the nodes are right')).toEqual(
      codes,
    );
  });
});

describe('a CNI enforces NetworkPolicies', () => {
  const daemonSet = (name: string, image: string) => ({
    ...meta(name),
    spec: { template: { spec: { containers: [{ name: 'main', image }] } } },
  });
  it.each([
    ['flannel', daemonSet('kube-flannel-ds', 'flannel/flannel:1'), ['CniUnknown']],
    ['the VPC CNI without its policy agent', daemonSet('aws-node', 'amazon-k8s-cni:1'), ['CniUnknown']],
    ['Calico', daemonSet('calico-node', 'calico/node:1'), []],
    ['GKE Dataplane V2', daemonSet('anetd', 'x:1'), []],
  ])('%s', (_, each, codes) => {
    expect(codesOf({ daemonSets: [each] }, 'a CNI enforces NetworkPolicies')).toEqual(codes);
  });

  it('leaves it to the probe when there is a result', () => {
    const condition = {
      type: 'Enforced',
      status: 'True',
      reason: 'Enforced',
      message: '',
      lastTransitionTime: '',
    } as const;
    const probed = { ...proxy, status: { conditions: [condition] } };
    expect(codesOf({ proxies: [probed] }, 'a CNI enforces NetworkPolicies')).toEqual([]);
  });
});

describe('pods', () => {
  const injected = JSON.stringify({ proxy: 'egress-proxy.squid', url: 'http://squid', containers: ['a'] });
  const pod = (container: object, hours = 2, annotations = {}) => ({
    ...meta('web-1'),
    metadata: {
      name: 'web-1',
      annotations: { 'egress.zalando.org/injected': injected, ...annotations },
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'web', uid: 'u' }],
    },
    spec: { containers: [{ name: 'a', ...container }] },
    status: { phase: 'Running', startTime: hoursAgo(hours) },
  });
  const within = (
    pods: NamespaceFacts['pods'],
    status: NonNullable<NamespaceFacts['activity']>['status'] = {},
  ): NamespaceFacts => ({
    rules: {
      namespace: 'shop',
      namespaceLabels: {},
      mode: 'observe',
      proxy,
      ruleSets: [],
      clusterRuleSets: [],
      now,
    },
    activity: { ...meta('observed'), kind: 'EgressActivity', status },
    tlsServerName: 'Ignore',
    pods,
  });
  const requested = (owners: string[], lastSeen = hoursAgo(1)) => ({
    target: 'api.example.com:443',
    verdict: 'allow' as const,
    count: 1,
    firstSeen: lastSeen,
    lastSeen,
    owners,
  });

  it.each([
    ['another proxy', { env: [{ name: 'https_proxy', value: 'http://old:8080' }] }, ['OwnVariables']],
    ['no proxy for anything', { env: [{ name: 'NO_PROXY', value: '*' }] }, ['OwnVariables']],
    [
      'our proxy',
      { env: [{ name: 'HTTPS_PROXY', value: 'http://squid.egress-proxy.svc.cluster.local:3128' }] },
      [],
    ],
    ['a value of a Secret', { env: [{ name: 'HTTPS_PROXY', valueFrom: { secretKeyRef: {} } }] }, []],
  ])('with %s', (_, container, codes) => {
    const facts = { served: [within([pod(container) as never])] };
    expect(codesOf(facts, 'pods do not set variables of their own')).toEqual(codes);
  });

  it.each([
    ['requested nothing in two hours', 2, { targets: [] }, ['VariablesIgnored']],
    ['is young', 0.5, { targets: [] }, []],
    ['requested something', 2, { targets: [requested(['StatefulSet/web'])] }, []],
    ['may have been left out', 2, { targets: [requested(['A/a', 'B/b', 'C/c', 'D/d', 'E/e'])] }, []],
    ['may be among the dropped', 2, { targets: [], dropped: 1 }, []],
  ])('a workload that %s', (_, hours, status, codes) => {
    expect(codesOf({ served: [within([pod({}, hours)], status)] }, 'pods use the variables')).toEqual(codes);
  });

  it.each([
    ['takes the port', {}, ['MeshTakesConnections']],
    ['leaves the port alone', { 'traffic.sidecar.istio.io/excludeOutboundPorts': '80, 3128' }, []],
  ])('a sidecar that %s', (_, annotations, codes) => {
    const facts = { served: [within([pod({ name: 'istio-proxy' }, 2, annotations)])] };
    expect(codesOf(facts, 'no mesh takes connections to the proxy')).toEqual(codes);
  });

  it('would be refused by enforce mode only for what they requested in the last day', () => {
    const check = 'observed namespaces are ready for enforce mode';
    const facts = (lastSeen: string) => ({ served: [within([], { targets: [requested([], lastSeen)] })] });
    expect(codesOf(facts(hoursAgo(1)), check)).toEqual(['EnforceWouldRefuse']);
    expect(codesOf(facts(hoursAgo(25)), check)).toEqual([]);
  });
});

describe('tunnels begin with TLS for their name', () => {
  const targets = [
    {
      target: 'db.example.com:443',
      verdict: 'allow' as const,
      reason: 'NoMatchingRule',
      tlsFault: 'NotTLS' as const,
      count: 1,
      firstSeen: hoursAgo(2),
      lastSeen: hoursAgo(1),
    },
  ];
  const rules = {
    namespace: 'shop',
    namespaceLabels: {},
    proxy,
    ruleSets: [],
    clusterRuleSets: [],
    now,
  };
  it.each([
    ['observe', 'Enforce', ['EnforceWouldEndTunnels']],
    ['observe', 'Report', ['EnforceWouldEndTunnels']],
    ['enforce', 'Report', ['EnforceWouldEndTunnels']],
    ['enforce', 'Enforce', []],
    ['observe', 'Ignore', []],
  ] as const)('in %s mode with %s', (mode, tlsServerName, codes) => {
    const activity = { ...meta('observed'), kind: 'EgressActivity' as const, status: { targets } };
    const served = [{ rules: { ...rules, mode }, activity, tlsServerName, pods: [] }];
    expect(codesOf({ served }, 'tunnels begin with TLS for their name')).toEqual(codes);
  });
});

describe('runChecks', () => {
  it('skips a check whose objects may not be read', () => {
    const results = runChecks({ ...sound, nodes: undefined }, { pre: true });
    expect(results.find(({ name }) => name === 'the pod ranges are found')?.result).toBe('skipped');
  });
});

describe('the manual', () => {
  it('has a section for each code', () => {
    const page = readFileSync(new URL('docs/guide/troubleshooting.md', root), 'utf8');
    const sections = [...page.matchAll(/^### (\w+)$/gm)].map(([, name]) => name);
    expect(sections.toSorted()).toEqual(Object.keys(findingCodes).toSorted());
  });
});

describe('guardNames', () => {
  it('are the policies of the manifests', () => {
    const folder = new URL('manifests/base/guards/', root);
    const objects = readdirSync(folder).flatMap((file) =>
      parseAllDocuments(readFileSync(new URL(file, folder), 'utf8')).map((each) => each.toJS()),
    );
    const policies = objects.filter((each) => each?.kind === 'ValidatingAdmissionPolicy');
    expect(guardNames.toSorted()).toEqual(policies.map(({ metadata }) => metadata.name).toSorted());
  });
});
