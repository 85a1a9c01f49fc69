import { describe, expect, it } from 'vitest';
import { API_VERSION, type ClusterEgressRuleSet, type EgressProxy } from '../api/index.ts';
import { neededSuffixes, type SuffixSources, suffixesOf } from './needed-suffixes.ts';

describe('suffixesOf', () => {
  const cases: { targets: string[]; suffixes: string[] }[] = [
    { targets: ['api.example.com:443', 'b.example.com:80', 'a.example.org:443'], suffixes: ['com', 'org'] },
    { targets: ['API.Example.DEV:443', 'example.app.:443'], suffixes: ['app', 'dev'] },
    { targets: ['*.run.app:443', '.corp:443', '*.lan:80'], suffixes: ['app', 'corp', 'lan'] },
    { targets: ['*:443'], suffixes: ['*'] },
    { targets: ['192.0.2.7:443', '10.0.0.0/8:443', '[2001:db8::1]:443'], suffixes: [] },
    { targets: ['catalog:8080'], suffixes: [] },
    { targets: ['bücher.рф:443'], suffixes: ['xn--p1ai'] },
    { targets: ['not a target', ''], suffixes: [] },
  ];
  it.each(cases)('$targets: $suffixes', ({ targets, suffixes }) => {
    expect(suffixesOf(targets)).toEqual(suffixes);
  });
});

describe('neededSuffixes', () => {
  const proxy: EgressProxy = {
    apiVersion: API_VERSION,
    kind: 'EgressProxy',
    metadata: { name: 'squid', namespace: 'egress-proxy' },
    spec: {},
  };
  const clusterSet = (spec: ClusterEgressRuleSet['spec']): ClusterEgressRuleSet => ({
    apiVersion: API_VERSION,
    kind: 'ClusterEgressRuleSet',
    metadata: { name: 'a' },
    spec,
  });
  const needed = (sources: Partial<SuffixSources>) => [
    ...neededSuffixes({
      ruleSets: [],
      clusterRuleSets: [],
      suffixesOfGroup: (name) => (name === 'npm' ? ['org'] : []),
      namespaceLabels: {},
      proxy,
      ...sources,
    }),
  ];
  const targets = ['a.example.dev:443'];
  const targetGroups = ['npm'];

  it('joins rule sets, cluster rule sets and upstreams', () => {
    const upstreams = [{ name: 'corp', host: 'p.example.com', port: 3128, targets: ['*.corp:443'] }];
    const sources = {
      ruleSets: [
        { suffixes: ['app'], targetGroups: [] },
        { suffixes: ['com'], targetGroups: [] },
      ],
      clusterRuleSets: [clusterSet({ targets })],
      proxy: { ...proxy, spec: { upstreams } },
    };
    expect(needed(sources)).toEqual(['app', 'com', 'dev', 'corp']);
  });

  it('joins the target groups that either refers to', () => {
    expect(needed({ ruleSets: [{ suffixes: [], targetGroups: ['missing', 'npm'] }] })).toEqual(['org']);
    expect(needed({ clusterRuleSets: [clusterSet({ targets: [], targetGroups: ['npm'] })] })).toEqual([
      'org',
    ]);
  });

  it.each<{ what: string; spec: ClusterEgressRuleSet['spec'] }>([
    { what: 'denies', spec: { targets, targetGroups, action: 'Deny' } },
    {
      what: 'is for clients that are not pods',
      spec: { targets, targetGroups, clientCIDRs: ['192.0.2.0/24'] },
    },
    {
      what: 'is for other namespaces',
      spec: { targets, namespaceSelector: { matchLabels: { team: 'other' } } },
    },
  ])('needs nothing for a cluster rule set that $what', ({ spec }) => {
    expect(needed({ clusterRuleSets: [clusterSet(spec)] })).toEqual([]);
  });
});
