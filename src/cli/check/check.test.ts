import { describe, expect, it } from 'vitest';
import { API_VERSION, type EgressRuleSet, type EgressTargetGroup } from '../../api/index.ts';
import type { NamespaceRules } from '../../rule-changes/index.ts';
import { UsageError } from '../command-line/index.ts';
import { checkTargets, readTarget } from './index.ts';
import { nearestTargets } from './nearest-targets.ts';

const ruleSet = (name: string, spec: EgressRuleSet['spec']): EgressRuleSet => ({
  apiVersion: API_VERSION,
  kind: 'EgressRuleSet',
  metadata: { namespace: 'my-app', name },
  spec,
});
const rules: NamespaceRules = {
  namespace: 'my-app',
  namespaceLabels: { team: 'a' },
  mode: 'observe',
  proxy: undefined,
  ruleSets: [
    ruleSet('all', { targets: ['api.example.com:443', '*.example.org:443'] }),
    ruleSet('jobs', { targets: ['jobs.example.com:443'], podSelector: { matchLabels: { app: 'job' } } }),
  ],
  now: Date.parse('2026-11-28T12:00:00Z'),
  clusterRuleSets: [
    {
      apiVersion: API_VERSION,
      kind: 'ClusterEgressRuleSet',
      metadata: { name: 'never' },
      spec: { action: 'Deny', targets: ['evil.example.org:443'] },
    },
  ],
};
const check = (target: string, labels?: Record<string, string>) =>
  checkTargets(rules, [readTarget(target)], labels)[0];

describe('checkTargets', () => {
  it.each<[string, Record<string, string> | undefined, string, string, string | undefined]>([
    ['api.example.com:443', undefined, 'allow', 'RuleAllowed', 'my-app/all#0'],
    ['a.b.example.org', undefined, 'allow', 'RuleAllowed', 'my-app/all#1'],
    ['evil.example.org:443', undefined, 'deny', 'DeniedByRule', 'never#0'],
    ['api.example.com:80', undefined, 'deny', 'NoMatchingRule', undefined],
    ['169.254.169.254:80', undefined, 'deny', 'PrivateDestination', undefined],
    ['jobs.example.com:443', undefined, 'somePods', 'RuleAllowed', 'my-app/jobs#0'],
    ['jobs.example.com:443', { app: 'job' }, 'allow', 'RuleAllowed', 'my-app/jobs#0'],
    ['jobs.example.com:443', { app: 'web' }, 'deny', 'NoMatchingRule', undefined],
  ])('%s of a pod %j: %s', (target, labels, verdict, reason, rule) => {
    expect(check(target, labels)).toMatchObject({ verdict, reason, ...(rule !== undefined && { rule }) });
  });

  it('knows the targets of groups that rule sets refer to', () => {
    const npm: EgressTargetGroup = {
      apiVersion: API_VERSION,
      kind: 'EgressTargetGroup',
      metadata: { name: 'npm' },
      spec: { targets: ['registry.npmjs.org:443'] },
    };
    const withGroup = {
      ...rules,
      ruleSets: [ruleSet('web', { targets: [], targetGroups: ['npm'] })],
      targetGroups: [npm],
    };
    const of = (target: string) => checkTargets(withGroup, [readTarget(target)])[0];
    expect(of('registry.npmjs.org:443')).toMatchObject({ verdict: 'allow', rule: 'my-app/web#npm/0' });
    expect(of('registry.npmjs.org:80')).toMatchObject({
      verdict: 'deny',
      nearest: ['registry.npmjs.org:443'],
    });
  });

  it('says what to add, and which rules look alike', () => {
    expect(check('api.example.com:80')).toMatchObject({
      advice:
        'To allow it, add "api.example.com:80" to an EgressRuleSet in namespace my-app, or ask for it: kubectl egress request.',
      nearest: ['api.example.com:443'],
    });
    expect(check('catalog:80')?.advice).toContain('A name without a dot is inside the cluster');
    expect(check('jobs.example.com:443')?.advice).toContain('name the pod');
  });

  it('refuses everything in a blocked namespace', () => {
    const [checked] = checkTargets({ ...rules, mode: 'blocked' }, [{ host: 'api.example.com', port: 443 }]);
    expect(checked).toMatchObject({ verdict: 'deny', reason: 'Blocked' });
  });
});

describe('checkTargets, a rule set that has expired', () => {
  it('says when it did, and names none of its targets as near', () => {
    const expired = ruleSet('incident', {
      targets: ['help.example.net:443'],
      expiresAt: '2026-11-28T12:00:00Z',
    });
    const changed = { ...rules, ruleSets: [...rules.ruleSets, expired] };
    const [same, near] = checkTargets(changed, [
      { host: 'help.example.net', port: 443 },
      { host: 'helo.example.net', port: 443 },
    ]);
    expect(same).toMatchObject({
      verdict: 'deny',
      advice: expect.stringMatching(
        /^my-app\/incident#0 expired at 2026-11-28T12:00:00.000Z\. To allow it, /,
      ),
    });
    expect(near?.nearest).toEqual([]);
  });
});

describe('nearestTargets', () => {
  it.each<[string, string[]]>([
    ['api.example.com:80', ['api.example.com:443', '.example.com:443']],
    ['api.exmaple.com:443', ['api.example.com:443']],
    ['x.example.com:443', ['.example.com:443']],
    ['example.net:443', []],
  ])('%s', (refused, expected) => {
    expect(
      nearestTargets(refused, ['.example.com:443', 'api.example.com:443', 'far.example.org:443']),
    ).toEqual(expected);
  });
});

describe('readTarget', () => {
  it.each<[string, string, number]>([
    ['api.example.com:8443', 'api.example.com', 8443],
    ['api.example.com', 'api.example.com', 443],
    ['https://api.example.com/v1?x=1', 'api.example.com', 443],
    ['http://api.example.com:8080', 'api.example.com', 8080],
    ['[2001:db8::1]:443', '[2001:db8::1]', 443],
    ['2001:db8::1', '[2001:db8::1]', 443],
  ])('%s', (text, host, port) => {
    expect(readTarget(text)).toEqual({ host, port });
  });

  it.each(['', 'ftp://example.com', 'https://'])('refuses "%s"', (text) => {
    expect(() => readTarget(text)).toThrow(UsageError);
  });
});
