import { describe, expect, test } from 'vitest';
import {
  API_VERSION,
  type ClusterEgressRuleSet,
  type EgressRuleSet,
  type EgressTargetGroup,
} from '../../api/index.ts';
import { groupUsers } from './group-users.ts';

const group = (name: string, ...targets: string[]): EgressTargetGroup => ({
  apiVersion: API_VERSION,
  kind: 'EgressTargetGroup',
  metadata: { name },
  spec: { targets },
});
const ruleSet = (key: string, ...targetGroups: string[]): EgressRuleSet => {
  const [namespace = '', name = ''] = key.split('/');
  return {
    apiVersion: API_VERSION,
    kind: 'EgressRuleSet',
    metadata: { namespace, name },
    spec: { targets: [], targetGroups },
  };
};
const clusterRuleSet: ClusterEgressRuleSet = {
  apiVersion: API_VERSION,
  kind: 'ClusterEgressRuleSet',
  metadata: { name: 'everywhere' },
  spec: { targets: [], targetGroups: ['npm'] },
};

describe('groupUsers', () => {
  test('names the rule sets that refer to each group, and the groups that nothing refers to', () => {
    const groups = [
      group('pypi', 'pypi.example.org:443'),
      group('npm', 'a.example.org:443', 'b.example.org:443'),
    ];
    const sets = [ruleSet('shop/rules', 'npm', 'missing'), ruleSet('app/rules', 'npm'), ruleSet('app/plain')];
    expect(groupUsers(groups, [...sets, clusterRuleSet])).toEqual([
      { name: 'npm', targets: 2, usedBy: ['app/rules', 'everywhere', 'shop/rules'] },
      { name: 'pypi', targets: 1, usedBy: [] },
    ]);
  });
});
