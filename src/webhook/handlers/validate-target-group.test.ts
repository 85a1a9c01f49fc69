import { describe, expect, it, test } from 'vitest';
import {
  admissionRequest,
  clusterFixture,
  egressProxy,
  ruleSet,
  targetGroup,
} from '../cluster/cluster.fixture.ts';
import { validateClusterRuleSet, validateRuleSet } from './validate-rule-sets.ts';
import { validateTargetGroup } from './validate-target-group.ts';

const kind = { group: 'zalando.org', version: 'v1', kind: 'EgressTargetGroup' };
const requestOf = (spec: object) =>
  admissionRequest({ kind, namespace: undefined, object: { metadata: { name: 'npm' }, spec } });

describe('validateTargetGroup', () => {
  test.each<[string, object, string[]]>([
    ['no target', { targets: [] }, ['spec.targets']],
    ['a target without a port', { targets: ['a.example.com'] }, ['spec.targets[0]']],
    ['two equal targets', { targets: ['a.example.com:443', 'A.example.com.:443'] }, ['spec.targets[1]']],
    ['any destination', { targets: ['*:443'] }, ['spec.targets[0]']],
    [
      'a source without an address or a day',
      { targets: ['a.example.com:443'], sources: [{ url: 'docs', date: '2026-02-30' }] },
      ['spec.sources[0].date', 'spec.sources[0].url'],
    ],
  ])('refuses %s', (_, spec, fields) => {
    const verdict = validateTargetGroup(requestOf(spec), clusterFixture().cluster);
    expect(verdict).toMatchObject({ kind: 'denied', causes: fields.map((field) => ({ field })) });
  });

  it('warns as of the targets of a rule set', () => {
    const { cluster, proxies } = clusterFixture();
    proxies.set(egressProxy('squid', { isDefault: true, spec: { allowedPorts: [443] } }));
    const spec = { targets: ['*.blob.core.windows.net:443', 'a.example.com:8443', 'web.x.svc:443'] };
    expect(validateTargetGroup(requestOf(spec), cluster)).toMatchObject({
      kind: 'allowed',
      warnings: [
        expect.stringContaining('strangers'),
        expect.stringContaining('allowedPorts'),
        expect.stringContaining('inside the cluster'),
      ],
    });
  });

  it('warns of the deletion of a group, with the rule sets that lose its targets', () => {
    const { cluster, ruleSets } = clusterFixture();
    const deletion = admissionRequest({ kind, namespace: undefined, name: 'npm', operation: 'DELETE' });
    expect(validateTargetGroup(deletion, cluster)).not.toHaveProperty('warnings.0');
    ruleSets.set({ ...ruleSet('my-app'), targetGroups: ['pypi', 'npm'] });
    expect(validateTargetGroup(deletion, cluster)).toEqual({
      kind: 'allowed',
      warnings: ['rule sets that refer to EgressTargetGroup npm lose its targets: my-app/rules'],
    });
  });
});

describe('a rule set with target groups', () => {
  const object = { metadata: { name: 'a' }, spec: { targets: [], targetGroups: ['npm'] } };

  it('is warned of a group that does not exist', async () => {
    const { cluster, targetGroups } = clusterFixture();
    const request = admissionRequest({ kind: { ...kind, kind: 'EgressRuleSet' }, object });
    const clusterRequest = { ...request, kind: { ...kind, kind: 'ClusterEgressRuleSet' } };
    const verdicts = async () => [
      await validateRuleSet(request, cluster),
      validateClusterRuleSet(clusterRequest, cluster),
    ];
    for (const verdict of await verdicts())
      expect(verdict).toMatchObject({
        kind: 'allowed',
        warnings: [expect.stringContaining('spec.targetGroups[0]: there is no EgressTargetGroup "npm"')],
      });
    targetGroups.set(targetGroup('npm', 'registry.npmjs.org:443'));
    for (const verdict of await verdicts()) expect(verdict).toEqual({ kind: 'allowed', warnings: [] });
  });
});
