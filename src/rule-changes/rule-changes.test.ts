import fc from 'fast-check';
import { parse } from 'tldts';
import { describe, expect, it } from 'vitest';
import {
  type ActivityTarget,
  API_VERSION,
  type ClusterEgressRuleSet,
  type EgressProxySpec,
  type EgressRuleSet,
} from '../api/index.ts';
import {
  endedTunnels,
  hasOneOwner,
  type NamespaceRules,
  type ObservedTarget,
  observedTargets,
  type Suggestion,
  simulateChange,
  suggestRuleSet,
  uncheckedTunnels,
} from './index.ts';

function ruleSet(
  targets: string[],
  more: Partial<EgressRuleSet['spec']> & { name?: string } = {},
): EgressRuleSet {
  const { name = 'suggested', ...spec } = more;
  return {
    apiVersion: API_VERSION,
    kind: 'EgressRuleSet',
    metadata: { name, namespace: 'my-app' },
    spec: { targets, ...spec },
  };
}

function deny(...targets: string[]): ClusterEgressRuleSet {
  return {
    apiVersion: API_VERSION,
    kind: 'ClusterEgressRuleSet',
    metadata: { name: 'never' },
    spec: { action: 'Deny', targets },
  };
}

const rulesOf = (more: Partial<NamespaceRules> = {}): NamespaceRules => ({
  namespace: 'my-app',
  namespaceLabels: {},
  mode: 'observe',
  proxy: undefined,
  ruleSets: [],
  clusterRuleSets: [],
  now: Date.parse('2026-11-28T12:00:00Z'),
  ...more,
});

const seen = (target: string, more: Partial<ObservedTarget> = {}): ObservedTarget => ({
  target,
  count: 1,
  lastSeen: '2026-11-28T12:00:00.000Z',
  owners: ['Deployment/api'],
  passed: true,
  ...more,
});

const texts = ({ targets }: Suggestion) => targets.map(({ target }) => target);
const suggest = (observed: ObservedTarget[], more: Partial<Parameters<typeof suggestRuleSet>[0]> = {}) =>
  suggestRuleSet({ rules: rulesOf(), name: 'suggested', observed, groupFrom: 3, ...more });

describe('observedTargets', () => {
  const one = { target: 'a.test:443', count: 2, firstSeen: '', lastSeen: '2026-11-28T12:00:00.000Z' };

  it('merges the outcomes of a target; the last one says whether it passes', () => {
    const denied = {
      ...one,
      verdict: 'deny' as const,
      owners: ['Job/b'],
      lastSeen: '2026-11-28T13:00:00.000Z',
    };
    expect(observedTargets([{ ...one, verdict: 'allow', owners: ['Deployment/a'] }, denied])).toEqual([
      {
        target: 'a.test:443',
        count: 4,
        lastSeen: '2026-11-28T13:00:00.000Z',
        owners: ['Deployment/a', 'Job/b'],
        passed: false,
      },
    ]);
  });

  it('leaves out what was not seen since', () => {
    expect(observedTargets([{ ...one, verdict: 'allow' }], '2026-11-28T12:30')).toEqual([]);
  });
});

describe('endedTunnels', () => {
  const tunnel = (target: string, more: Partial<ActivityTarget> = {}): ActivityTarget => ({
    target,
    verdict: 'allow',
    wouldDeny: true,
    reason: 'ServerNameMismatch',
    tlsFault: 'ServerNameMismatch',
    count: 2,
    firstSeen: '',
    lastSeen: '2026-11-28T12:00:00.000Z',
    owners: ['Deployment/api'],
    ...more,
  });
  const withoutFault = (target: string): ActivityTarget => {
    const { tlsFault: _, ...rest } = tunnel(target);
    return rest;
  };
  const ended = (target: ActivityTarget, spec: EgressProxySpec = {}) => {
    const proxy = {
      apiVersion: API_VERSION,
      kind: 'EgressProxy' as const,
      metadata: { name: 'squid' },
      spec,
    };
    const rules = rulesOf({ proxy, ruleSets: [ruleSet(['a.test:443', 'a.test:8443', '192.0.2.1:443'])] });
    return endedTunnels(rules, [target], '2026-11-28T11:00').map(
      (one) => `${one.target} ${one.fault}${one.allowed ? '' : ' without a rule'}`,
    );
  };

  it.each<[string, ActivityTarget, EgressProxySpec, string[]]>([
    ['another name', tunnel('a.test:443'), {}, ['a.test:443 ServerNameMismatch']],
    ['no TLS', tunnel('a.test:443', { reason: 'NotTLS', tlsFault: 'NotTLS' }), {}, ['a.test:443 NotTLS']],
    [
      'one that had no rule then',
      tunnel('a.test:443', { reason: 'NoMatchingRule' }),
      {},
      ['a.test:443 ServerNameMismatch'],
    ],
    ['one that was ended', tunnel('a.test:443', { verdict: 'deny' }), {}, ['a.test:443 ServerNameMismatch']],
    ['the name that was allowed', { ...withoutFault('a.test:443'), reason: 'RuleAllowed' }, {}, []],
    ['a port that is not checked', tunnel('a.test:8443'), {}, []],
    [
      'a port that is checked',
      tunnel('a.test:8443'),
      { tlsPorts: [8443] },
      ['a.test:8443 ServerNameMismatch'],
    ],
    ['what the operator says is no TLS', tunnel('a.test:443'), { tcpTargets: ['a.test:443'] }, []],
    ['an address', tunnel('192.0.2.1:443'), {}, []],
    ['what no rule allows', tunnel('b.test:443'), {}, ['b.test:443 ServerNameMismatch without a rule']],
    ['what no rule can allow', tunnel('b.test:443'), { allowedPorts: [80] }, []],
    ['what was not seen since', tunnel('a.test:443', { lastSeen: '2026-11-28T10:00:00.000Z' }), {}, []],
  ])('%s', (_, target, spec, expected) => {
    expect(ended(target, spec)).toEqual(expected);
  });

  it('is not known of what was refused before it was a tunnel', () => {
    const proxy = {
      apiVersion: API_VERSION,
      kind: 'EgressProxy' as const,
      metadata: { name: 'squid' },
      spec: {},
    };
    const rules = rulesOf({ proxy, ruleSets: [ruleSet(['a.test:443', 'b.test:443', 'c.test:80'])] });
    const since = { ...withoutFault('b.test:443'), reason: 'RuleAllowed', wouldDeny: false };
    const observed = ['a.test:443', 'b.test:443', 'c.test:80', 'd.test:443'].map(
      (one): ActivityTarget => ({ ...withoutFault(one), verdict: 'deny', reason: 'NoMatchingRule' }),
    );
    expect(uncheckedTunnels(rules, [...observed, since]).map(({ target }) => target)).toEqual(['a.test:443']);
    expect(endedTunnels(rules, [...observed, since])).toEqual([]);
  });

  it('is nothing while the proxy is not known', () => {
    expect(endedTunnels(rulesOf({ ruleSets: [ruleSet(['a.test:443'])] }), [tunnel('a.test:443')])).toEqual(
      [],
    );
  });
});

describe('hasOneOwner', () => {
  it.each<[string, boolean]>([
    ['example.com', true],
    ['api.example.com', true],
    ['example.co.uk', true],
    ['com', false],
    ['co.uk', false],
    ['github.io', false],
    ['blob.core.windows.net', false],
    ['core.windows.net', false],
    ['dkr.ecr.eu-central-1.amazonaws.com', false],
    ['s3.eu-central-1.amazonaws.com', false],
    ['amazonaws.com', false],
    ['cloudfront.net', false],
    ['sharepoint.com', false],
    ['googleapis.com', false],
    ['intranet', false],
    ['corp.intranet', false],
  ])('%s: %s', (domain, expected) => {
    expect(hasOneOwner(domain)).toBe(expected);
  });
});

describe('suggestRuleSet', () => {
  it('suggests exact names, sorted by domain', () => {
    const observed = [seen('b.example.com:443'), seen('example.org:80'), seen('a.example.com:443')];
    expect(texts(suggest(observed))).toEqual(['a.example.com:443', 'b.example.com:443', 'example.org:80']);
  });

  it('groups many names below one owner, of one port', () => {
    const names = ['a', 'b', 'c'].map((name) => seen(`${name}.example.com:443`));
    expect(texts(suggest([...names, seen('d.example.com:80')]))).toEqual([
      '*.example.com:443',
      'd.example.com:80',
    ]);
    expect(texts(suggest(names, { groupFrom: 0 }))).toHaveLength(3);
    expect(suggest(names).targets[0]?.observed).toHaveLength(3);
  });

  it.each([
    'blob.core.windows.net',
    'sharepoint.com',
    'github.io',
    's3.amazonaws.com',
    'co.uk',
    'cluster.corp',
  ])('never groups names below %s', (parent) => {
    const observed = Array.from({ length: 20 }, (_, index) => seen(`n${index}.${parent}:443`));
    expect(texts(suggest(observed)).filter((target) => target.startsWith('*'))).toEqual([]);
  });

  it('leaves out what other rules allow, what no rule can allow, and what was refused', () => {
    const rules = rulesOf({
      ruleSets: [ruleSet(['a.example.com:443'], { name: 'other' })],
      clusterRuleSets: [deny('.example.net:443')],
    });
    const observed = [
      seen('a.example.com:443'),
      seen('x.example.net:443'),
      seen('169.254.169.254:80'),
      seen('(none)'),
      seen('evil.example.org:443', { passed: false }),
    ];
    const suggestion = suggest(observed, { rules });
    expect(texts(suggestion)).toEqual([]);
    expect(suggestion.allowedElsewhere).toBe(1);
    expect(suggestion.leftOut.map(({ reason }) => reason)).toEqual([
      'DeniedByRule',
      'PrivateDestination',
      'NotATarget',
      'Refused',
    ]);
    expect(texts(suggest(observed, { rules, includeRefused: true }))).toEqual(['evil.example.org:443']);
  });

  it('keeps the targets of the set, and with prune those that are in use', () => {
    const own = ruleSet(['monthly.example.com:443', 'used.example.com:443', '*.example.org:443']);
    own.status = {
      usage: { since: '', targets: [{ target: 'used.example.com:443', lastUsed: '2026-11-27T00:00:00Z' }] },
    };
    const rules = rulesOf({ ruleSets: [own] });
    const observed = [seen('a.example.org:443'), seen('new.example.net:443')];
    expect(texts(suggest(observed, { rules }))).toEqual([
      'monthly.example.com:443',
      'used.example.com:443',
      'new.example.net:443',
      '*.example.org:443',
    ]);
    const pruned = suggest(observed, { rules, prune: true });
    expect(texts(pruned)).not.toContain('monthly.example.com:443');
    expect(pruned.removed).toEqual(['monthly.example.com:443']);
  });

  const names = fc.constantFrom(
    ...['a', 'b', 'c', 'd'].flatMap((label) => [
      `${label}.example.com`,
      `${label}.eu.example.com`,
      `${label}.blob.core.windows.net`,
      `${label}.github.io`,
      `${label}.co.uk`,
      `${label}.intranet`,
    ]),
    '8.8.8.8',
    '[2606:4700::1]',
    'com',
  );
  const observations = fc.uniqueArray(fc.tuple(names, fc.constantFrom(80, 443)), {
    selector: ([name, port]) => `${name}:${port}`,
    maxLength: 40,
  });

  it('allows every observed target, and no wildcard crosses a public suffix', () => {
    fc.assert(
      fc.property(
        observations,
        fc.nat(4),
        fc.constantFrom([], [ruleSet(['a.example.com:443'])]),
        (list, groupFrom, ruleSets) => {
          const observed = list.map(([name, port]) => seen(`${name}:${port}`));
          const rules = rulesOf({ ruleSets });
          const suggestion = suggest(observed, { rules, groupFrom });
          expect(suggestion.leftOut).toEqual([]);
          for (const target of texts(suggestion).filter((text) => text.startsWith('*.'))) {
            const below = target.slice(2, target.lastIndexOf(':'));
            expect(parse(below, { allowPrivateDomains: true }).domain).not.toBeNull();
          }
          const put = [ruleSet(texts(suggestion))];
          const simulated = simulateChange(rules, { put: observed.length === 0 ? [] : put }, observed);
          expect(simulated.filter(({ outcome }) => outcome !== 'passes')).toEqual([]);
        },
      ),
    );
  });
});

describe('simulateChange', () => {
  const outcomes = (...input: Parameters<typeof simulateChange>) =>
    Object.fromEntries(simulateChange(...input).map(({ observed, outcome }) => [observed.target, outcome]));

  it('compares the rules before and after in enforce mode', () => {
    const rules = rulesOf({ mode: 'enforce', ruleSets: [ruleSet(['a.test:443', 'b.test:443'])] });
    const observed = ['a.test:443', 'b.test:443', 'c.test:443', 'd.test:443'].map((target) => seen(target));
    expect(outcomes(rules, { put: [ruleSet(['a.test:443', 'c.test:443'])] }, observed)).toEqual({
      'a.test:443': 'passes',
      'b.test:443': 'newlyRefused',
      'c.test:443': 'newlyPasses',
      'd.test:443': 'refused',
    });
  });

  it('counts what observe mode lets pass as newly refused', () => {
    const observed = [seen('a.test:443'), seen('b.test:443', { passed: false })];
    expect(outcomes(rulesOf(), { put: [] }, observed)).toEqual({
      'a.test:443': 'newlyRefused',
      'b.test:443': 'refused',
    });
  });

  it('includes cluster rule sets of the change, and rule sets that are deleted', () => {
    const rules = rulesOf({
      mode: 'enforce',
      ruleSets: [ruleSet(['a.test:443']), ruleSet(['b.test:443'], { name: 'b' })],
    });
    const observed = [seen('a.test:443'), seen('b.test:443')];
    expect(outcomes(rules, { put: [deny('.a.test:443')], remove: ['b'] }, observed)).toEqual({
      'a.test:443': 'newlyRefused',
      'b.test:443': 'newlyRefused',
    });
  });

  it('takes the labels of the workloads for a podSelector: one that is refused is enough', () => {
    const put = [ruleSet(['a.test:443'], { podSelector: { matchLabels: { app: 'api' } } })];
    const labelsOf = (owner: string) => (owner === 'Deployment/api' ? { app: 'api' } : {});
    const rules = rulesOf({ mode: 'enforce' });
    expect(outcomes(rules, { put }, [seen('a.test:443')], labelsOf)).toEqual({ 'a.test:443': 'newlyPasses' });
    const both = [seen('a.test:443', { owners: ['Deployment/api', 'Job/x'] })];
    expect(outcomes(rules, { put }, both, labelsOf)).toEqual({ 'a.test:443': 'refused' });
  });
});
