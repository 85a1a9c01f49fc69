import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { annotation, type EgressProxy, label, unservableReasons } from '../api/index.ts';
import { isMissingVariables, readInjected } from './injected-annotation.ts';
import { planInjection } from './plan-injection.ts';
import type { Container, EnvVar, Pod } from './pod.ts';
import { buildProxyVariables } from './proxy-variables.ts';
import type { ServedNamespace } from './served-namespace.ts';

const proxy: EgressProxy = {
  apiVersion: 'zalando.org/v1',
  kind: 'EgressProxy',
  metadata: { name: 'squid', namespace: 'egress-proxy' },
  spec: { clientEnv: { java: true, node: true }, aliases: ['squid.example.com'] },
};
const served: Extract<ServedNamespace, { kind: 'served' }> = {
  kind: 'served',
  mode: 'enforce',
  proxy,
  selector: undefined,
  selectorFault: undefined,
  block: undefined,
  dns: 'Cluster',
  tlsServerName: 'Ignore',
  hostsProxy: false,
};
const noProxy = { value: '.svc', namespaceEntries: new Set<string>(), exactNames: [] };
const variables = () => buildProxyVariables(proxy, noProxy, '10.96.7.7');
const plan = (pod: Pod, over: Partial<ServedNamespace> = {}) =>
  planInjection({ pod, oldPod: undefined, served: { ...served, ...over } as ServedNamespace, variables });
const PROXY_NAME = 'squid.egress-proxy.svc.cluster.local';
const app: Pod = { metadata: { labels: { app: 'api' } }, spec: { containers: [{ name: 'app' }] } };

describe('planInjection', () => {
  const skips: { name: string; pod: Pod; over?: Partial<ServedNamespace>; reason: string }[] = [
    {
      name: 'the label inject: "false"',
      pod: { ...app, metadata: { labels: { [label.inject]: 'false' } } },
      reason: 'PodOptedOut',
    },
    {
      name: 'a pod of the product beside its proxy',
      pod: { ...app, metadata: { labels: { [label.component]: 'proxy' } } },
      over: { hostsProxy: true },
      reason: 'OwnPod',
    },
    {
      name: 'a pod that the selector leaves out',
      pod: app,
      over: { selector: { matchLabels: { app: 'other' } } },
      reason: 'PodNotSelected',
    },
    {
      name: 'a namespace that did not opt in',
      pod: app,
      over: { kind: 'notServed', reason: 'NamespaceNotOptedIn' },
      reason: 'NamespaceNotOptedIn',
    },
    {
      name: 'a pod on the network of its node',
      pod: { spec: { ...app.spec, hostNetwork: true } },
      reason: 'HostNetwork',
    },
    {
      name: 'more containers than the variables fit in',
      pod: { spec: { containers: Array.from({ length: 1001 }, (_, at) => ({ name: `c${at}` })) } },
      reason: 'TooManyContainers',
    },
    { name: 'a Windows pod', pod: { spec: { ...app.spec, os: { name: 'windows' } } }, reason: 'WindowsPod' },
    {
      name: 'a pod for Windows nodes',
      pod: { spec: { ...app.spec, nodeSelector: { 'kubernetes.io/os': 'windows' } } },
      reason: 'WindowsPod',
    },
    {
      name: 'the mirror of a static pod',
      pod: { ...app, metadata: { annotations: { 'kubernetes.io/config.mirror': 'b5c1' } } },
      reason: 'StaticPod',
    },
    { name: 'no spec', pod: {}, reason: 'NothingToInject' },
  ];
  it.each(skips)('skips $name', ({ pod, over, reason }) => {
    const withoutAliases = () => ({ ...variables(), aliases: { names: [], address: undefined } });
    const request = { pod, oldPod: undefined, served: { ...served, ...over } as ServedNamespace };
    expect(planInjection({ ...request, variables: withoutAliases })).toEqual({ kind: 'skip', reason });
  });

  it('is missing in no pod that it skips for good', () => {
    for (const { pod, reason } of skips) {
      if ((unservableReasons as readonly string[]).includes(reason))
        expect(isMissingVariables(pod)).toBe(false);
    }
    expect(isMissingVariables({ ...app, spec: { ...app.spec, os: { name: 'linux' } } })).toBe(true);
  });

  it('takes a tenant’s pod for a client whatever component label it wears', () => {
    expect(plan({ ...app, metadata: { labels: { [label.component]: 'proxy' } } }).kind).toBe('patch');
  });

  it('names on the pod what was done', () => {
    const outcome = plan(app);
    expect(outcome.kind === 'patch' && readInjected(outcome.pod)).toEqual({
      proxy: 'egress-proxy.squid',
      url: 'http://squid.egress-proxy.svc.cluster.local:3128',
      containers: ['app'],
      aliasAddress: '10.96.7.7',
    });
  });

  it('warns of an annotation that is longer than what is read of it, and of no other', () => {
    const warningsFor = (entries: number) => {
      const text = Array.from({ length: entries }, (_, at) => `n${at}.example`).join(',');
      const outcome = plan({ ...app, metadata: { annotations: { [annotation.noProxy]: text } } });
      return outcome.kind === 'patch' ? outcome.warnings : undefined;
    };
    expect(warningsFor(256)).toBeUndefined();
    expect(warningsFor(257)).toEqual([expect.stringContaining('after its first 256 entries')]);
  });

  const name = fc.constantFrom(
    'HTTP_PROXY',
    'https_proxy',
    'NO_PROXY',
    'no_proxy',
    'JAVA_TOOL_OPTIONS',
    'PATH',
    'X',
  );
  const env: fc.Arbitrary<EnvVar> = fc.oneof(
    fc.record({ name, value: fc.string({ maxLength: 5 }) }),
    fc.record({ name, valueFrom: fc.constant({ configMapKeyRef: { name: 'c', key: 'k' } }) }),
  );
  const container: fc.Arbitrary<Container> = fc.record(
    { name: fc.constantFrom('a', 'b', 'c'), env: fc.array(env, { maxLength: 5 }), image: fc.string() },
    { requiredKeys: ['name'] },
  );
  const containers = fc.array(container, { maxLength: 3 });
  const hostAliases = fc.array(
    fc.record({
      ip: fc.constantFrom('10.96.7.7', '192.0.2.1'),
      hostnames: fc.subarray([PROXY_NAME, 'squid.example.com', 'db']),
    }),
    { maxLength: 3 },
  );
  const pod: fc.Arbitrary<Pod> = fc.record({
    metadata: fc.constantFrom({}, { annotations: { [annotation.skipEnv]: 'HTTP_PROXY' } }),
    spec: fc.record(
      { containers, initContainers: containers, hostAliases },
      { requiredKeys: ['containers'] },
    ),
  });
  const allContainers = (of: Pod) => [...(of.spec?.containers ?? []), ...(of.spec?.initContainers ?? [])];

  it('adds nothing the second time', () => {
    fc.assert(
      fc.property(pod, (before) => {
        const first = plan(before);
        if (first.kind === 'patch') expect(plan(first.pod)).toMatchObject({ kind: 'skip' });
      }),
    );
  });

  it('gives nothing to a pod that the proxy can never serve, whatever else it has', () => {
    const unservable = fc.constantFrom(
      { hostNetwork: true },
      { os: { name: 'windows' } },
      { nodeSelector: { 'kubernetes.io/os': 'windows' } },
    );
    fc.assert(
      fc.property(pod, unservable, ({ spec, ...rest }, more) => {
        expect(plan({ ...rest, spec: { ...spec, ...more } })).toMatchObject({ kind: 'skip' });
      }),
    );
  });

  it('leads every name of the proxy somewhere, and the pod’s own names where they led before', () => {
    const leadsTo = (of: Pod, name: string) =>
      of.spec?.hostAliases?.find(({ hostnames }) => hostnames?.includes(name))?.ip;
    fc.assert(
      fc.property(pod, (before) => {
        const outcome = plan(before);
        const after = outcome.kind === 'patch' ? outcome.pod : before;
        for (const name of [PROXY_NAME, 'squid.example.com'])
          expect(leadsTo(after, name)).toBe(leadsTo(before, name) ?? '10.96.7.7');
        expect(leadsTo(after, 'db')).toBe(leadsTo(before, 'db'));
      }),
    );
  });

  it('adds no hostAliases while the address of the proxy is unknown', () => {
    const outcome = planInjection({
      pod: app,
      oldPod: undefined,
      served,
      variables: () => buildProxyVariables(proxy, noProxy, undefined),
    });
    expect(outcome.kind === 'patch' && outcome.pod.spec?.hostAliases).toBe(undefined);
  });

  it('only adds: every entry of the user stays, in its order, but for JAVA_TOOL_OPTIONS, which grows', () => {
    fc.assert(
      fc.property(pod, (before) => {
        const outcome = plan(before);
        if (outcome.kind === 'skip') return;
        const after = allContainers(outcome.pod);
        for (const [index, { env: entries = [], ...rest }] of allContainers(before).entries()) {
          expect(after[index]).toMatchObject(rest);
          const kept = after[index]?.env ?? [];
          expect(
            kept.filter((entry) => entries.some((old) => holds(entry, old))).length,
          ).toBeGreaterThanOrEqual(entries.length);
        }
      }),
    );
  });
});

function holds(entry: EnvVar, old: EnvVar): boolean {
  if (entry.name !== old.name || entry.valueFrom !== old.valueFrom) return false;
  return entry.value === old.value || (entry.value?.startsWith(old.value ?? '') ?? false);
}
