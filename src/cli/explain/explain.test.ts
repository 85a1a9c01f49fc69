import { describe, expect, it } from 'vitest';
import { API_VERSION } from '../../api/index.ts';
import type { NamespaceRules } from '../../rule-changes/index.ts';
import { explainTarget, refusedTarget } from './explain-target.ts';

const rules: NamespaceRules = {
  namespace: 'my-app',
  namespaceLabels: {},
  mode: 'enforce',
  proxy: undefined,
  ruleSets: [
    {
      apiVersion: API_VERSION,
      kind: 'EgressRuleSet',
      metadata: { namespace: 'my-app', name: 'rules' },
      spec: { targets: ['x.example.org:443', '*.example.com:443'] },
    },
  ],
  now: Date.parse('2026-11-28T12:00:00Z'),
  clusterRuleSets: [
    {
      apiVersion: API_VERSION,
      kind: 'ClusterEgressRuleSet',
      metadata: { name: 'never' },
      spec: { action: 'Deny', targets: ['.evil.example.com:443'] },
    },
  ],
};
const seen = (target: string, lastSeen: string) => ({
  target,
  verdict: 'deny' as const,
  count: 1,
  firstSeen: lastSeen,
  lastSeen,
});

describe('explainTarget', () => {
  it.each<[string, string, string | undefined]>([
    ['api.example.com', 'allow', '*.example.com:443'],
    ['a.evil.example.com', 'deny', '.evil.example.com:443'],
    ['none.example.net', 'deny', undefined],
  ])('%s: %s, by the rule with its text', (host, verdict, ruleText) => {
    const explained = explainTarget(rules, { host, port: 443 }, []);
    expect(explained).toMatchObject({ now: { verdict } });
    expect(explained.ruleText).toBe(ruleText);
  });

  it('has what was observed of the target however it is spelt, the last request first', () => {
    const observed = [
      seen('api.example.com:443', '2026-11-27'),
      seen('other.example.com:443', '2026-11-28'),
      seen('api.example.com:443', '2026-11-28'),
    ];
    const explained = explainTarget(rules, { host: 'API.Example.com.', port: 443 }, observed);
    expect(explained.observed.map(({ lastSeen }) => lastSeen)).toEqual(['2026-11-28', '2026-11-27']);
  });
});

describe('refusedTarget', () => {
  it.each<[string, string | undefined]>([
    [
      'Pod my-app/api may not reach no.example.com:80 (NoMatchingRule). To allow it, add ... [id 3f-1]',
      'no.example.com:80',
    ],
    [
      'Pod my-app/api may not reach [2001:db8::1]:443 (PrivateDestination: x). The ... [id 3f-1]',
      '[2001:db8::1]:443',
    ],
    ['Pod my-app/api was started', undefined],
  ])('%s', (message, expected) => {
    expect(refusedTarget(message)).toBe(expected);
  });
});
