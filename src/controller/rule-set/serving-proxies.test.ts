import { describe, expect, test } from 'vitest';
import { API_VERSION, type EgressProxy, label } from '../../api/index.ts';
import type { CachedNamespace, ServedEntry } from '../../cluster/index.ts';
import { catalogProxies, resolveMode } from '../../injection/index.ts';
import { proxiesOfClusterRuleSet, proxiesOfRuleSet } from './serving-proxies.ts';

const proxyOf = (name: string, spec: EgressProxy['spec'] = {}): EgressProxy => ({
  apiVersion: API_VERSION,
  kind: 'EgressProxy',
  metadata: { name, namespace: 'egress' },
  spec,
});

function client(
  proxy: EgressProxy,
  name: string,
  labels: Record<string, string> = {},
): ServedEntry<CachedNamespace> {
  const all = { ...labels, [label.mode]: 'enforce', [label.proxy]: `egress.${proxy.metadata.name}` };
  const namespace = {
    metadata: { name, resourceVersion: '1', labels: all, annotations: {} },
    terminating: false,
  };
  const served = resolveMode(namespace, catalogProxies([proxy]), { productNamespace: 'kube-egress-system' });
  return { namespace, served };
}

const own = proxyOf('own');
const union = proxyOf('union', { ruleSetScope: 'Cluster' });
const idle = proxyOf('idle', { ruleSetScope: 'Cluster' });
const proxies = [
  { proxy: own, clients: [client(own, 'my-app', { team: 'a' })] },
  { proxy: union, clients: [client(union, 'other', { team: 'b' })] },
  { proxy: idle, clients: [] },
];
const namesOf = (found: EgressProxy[]) => found.map(({ metadata }) => metadata.name);

describe('proxiesOfRuleSet', () => {
  test.each([
    ["the namespace's own, and those of scope Cluster", 'egress.own', ['own', 'union']],
    ['a namespace that is not served: those of scope Cluster', undefined, ['union']],
  ])('%s', (_, serving, expected) => {
    expect(namesOf(proxiesOfRuleSet(serving, proxies))).toEqual(expected);
  });
});

describe('proxiesOfClusterRuleSet', () => {
  test.each([
    ['without a selector: every proxy that serves a namespace', {}, ['own', 'union']],
    [
      'the proxies of the selected namespaces',
      { namespaceSelector: { matchLabels: { team: 'b' } } },
      ['union'],
    ],
    ['none', { namespaceSelector: { matchLabels: { team: 'c' } } }, []],
    ['with clientCIDRs: every proxy', { clientCIDRs: ['192.0.2.0/24'] }, ['own', 'union', 'idle']],
  ])('%s', (_, spec, expected) => {
    const found = proxiesOfClusterRuleSet({ spec: { targets: ['a.example.com:443'], ...spec } }, proxies);
    expect(namesOf(found)).toEqual(expected);
  });
});
