import { describe, expect, it } from 'vitest';
import { API_VERSION, type EgressRuleSet, type EgressTargetGroup } from '../api/index.ts';
import { type NamespaceRules, type ObservedTarget, simulateChange, suggestRuleSet } from './index.ts';

const group = (name: string, ...targets: string[]): EgressTargetGroup => ({
  apiVersion: API_VERSION,
  kind: 'EgressTargetGroup',
  metadata: { name },
  spec: { targets },
});
const ruleSet = (spec: Partial<EgressRuleSet['spec']>): EgressRuleSet => ({
  apiVersion: API_VERSION,
  kind: 'EgressRuleSet',
  metadata: { name: 'suggested', namespace: 'my-app' },
  spec: { targets: [], ...spec },
});
const pypi = group('pypi', 'pypi.org:443', 'files.pythonhosted.org:443');
const hub = group(
  'hub',
  'a.hub.test:443',
  'b.hub.test:443',
  'c.hub.test:443',
  'd.hub.test:443',
  'e.hub.test:443',
);
const rules: NamespaceRules = {
  namespace: 'my-app',
  namespaceLabels: {},
  mode: 'observe',
  proxy: undefined,
  ruleSets: [],
  clusterRuleSets: [],
  targetGroups: [pypi, hub],
  now: Date.parse('2026-11-28T12:00:00Z'),
};
const seen = (target: string): ObservedTarget => ({
  target,
  count: 1,
  lastSeen: '2026-11-28T12:00:00.000Z',
  owners: ['Deployment/api'],
  passed: true,
});

function suggest(observed: string[], own?: EgressRuleSet, prune = false) {
  const { targets, targetGroups } = suggestRuleSet({
    rules: { ...rules, ruleSets: own === undefined ? [] : [own] },
    name: 'suggested',
    observed: observed.map(seen),
    groupFrom: 3,
    prune,
  });
  return { groups: targetGroups.map(({ name }) => name), targets: targets.map(({ target }) => target) };
}

describe('suggestRuleSet with target groups', () => {
  it('uses a group of which at least half was requested, and not one of which less was', () => {
    expect(suggest(['pypi.org:443', 'a.hub.test:443', 'b.hub.test:443', 'x.example.com:443'])).toEqual({
      groups: ['pypi'],
      targets: ['x.example.com:443', 'a.hub.test:443', 'b.hub.test:443'],
    });
    expect(suggest(['a.hub.test:443', 'b.hub.test:443', 'c.hub.test:443'])).toEqual({
      groups: ['hub'],
      targets: [],
    });
  });

  it('keeps what the rule set has: its targets instead of a group, and its groups, unknown ones too', () => {
    expect(suggest(['pypi.org:443'], ruleSet({ targets: ['pypi.org:443'] }))).toEqual({
      groups: [],
      targets: ['pypi.org:443'],
    });
    const own = ruleSet({ targetGroups: ['hub', 'gone'] });
    expect(suggest(['a.hub.test:443'], own)).toEqual({ groups: ['gone', 'hub'], targets: [] });
    expect(suggest(['pypi.org:443'], own, true).groups).toEqual(['gone', 'pypi']);
  });
});

describe('simulateChange with target groups', () => {
  const outcomes = (before: NamespaceRules, put: Parameters<typeof simulateChange>[1]['put']) =>
    simulateChange({ ...before, mode: 'enforce' }, { put }, [seen('pypi.org:443')]).map(
      ({ outcome }) => outcome,
    );
  const referring = { ...rules, ruleSets: [ruleSet({ targetGroups: ['pypi'] })] };

  it('decides by the groups as they are, and by those of the change', () => {
    expect(outcomes(rules, [ruleSet({ targetGroups: ['pypi'] })])).toEqual(['newlyPasses']);
    expect(outcomes(referring, [group('pypi', 'files.pythonhosted.org:443')])).toEqual(['newlyRefused']);
    expect(outcomes({ ...referring, targetGroups: [] }, [pypi])).toEqual(['newlyPasses']);
  });
});
