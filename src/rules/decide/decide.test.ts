import { describe, expect, it } from 'vitest';
import type { EgressProxySpec } from '../../api/index.ts';
import { parseAddress } from '../address/address.ts';
import { decide } from './decide.ts';
import type { Decision } from './decision.ts';
import { formatRule, type ProxyRequest } from './request.ts';
import {
  type AnyRuleSet,
  clusterRuleSet,
  podClient,
  requestTo,
  ruleSet,
  snapshotOf,
} from './rule-set-index.fixture.ts';

/** `<reason> <rule>`, and in observe what enforce would have said. */
function shown(decision: Decision): string {
  const rule = decision.rule === undefined ? '' : ` ${formatRule(decision.rule)}`;
  const lifted = decision.verdict === 'allow' ? decision.wouldDeny : undefined;
  return `${decision.reason}${rule}${lifted === undefined ? '' : ` would ${lifted.reason}`}`;
}

function answer(
  target: string,
  sets: AnyRuleSet[],
  { spec = {}, ...more }: Partial<ProxyRequest> & { spec?: EgressProxySpec } = {},
): string {
  return shown(decide(requestTo(target, more), snapshotOf(sets, spec)));
}

const observing = { client: podClient({ mode: 'observe' }) };
const denyEvil = clusterRuleSet(['.evil.example:443', '198.51.0.0/16:443', '8.8.8.0/24:443'], {
  action: 'Deny',
});

describe('decide', () => {
  it.each([
    ['nothing leaves without a rule', 'a.example.com:443', [], 'NoMatchingRule'],
    [
      'an exact name',
      'a.example.com:443',
      ['b.example.com:443', 'a.example.com:443'],
      'RuleAllowed my-app/rules#1',
    ],
    ['another spelling', 'A.EXAMPLE.com.:443', ['a.example.com:443'], 'RuleAllowed my-app/rules#0'],
    ['another port', 'a.example.com:80', ['a.example.com:443'], 'NoMatchingRule'],
    ['a name below', 'b.a.example.org:80', ['*.example.org:80'], 'RuleAllowed my-app/rules#0'],
    ['*. does not hold for the name itself', 'example.org:80', ['*.example.org:80'], 'NoMatchingRule'],
    ['. does', 'example.org:80', ['.example.org:80'], 'RuleAllowed my-app/rules#0'],
    ['. applies below', 'a.example.org:80', ['.example.org:80'], 'RuleAllowed my-app/rules#0'],
    [
      'no match inside a label',
      'evilexample.org:80',
      ['*.example.org:80', '.example.org:80'],
      'NoMatchingRule',
    ],
    ['any', 'a.example.com:80', ['*:80'], 'RuleAllowed my-app/rules#0'],
    [
      'the narrowest rule is named',
      'a.b.org:80',
      ['*:80', '.org:80', '*.b.org:80', 'a.b.org:80'],
      'RuleAllowed my-app/rules#3',
    ],
    ['a literal', '8.8.8.8:443', ['8.8.8.8:443'], 'RuleAllowed my-app/rules#0'],
    ['a literal in a range', '8.8.8.8:443', ['8.8.0.0/16:443'], 'RuleAllowed my-app/rules#0'],
    ['a literal oddly spelled', '0x8.0x080808:443', ['8.8.8.8:443'], 'RuleAllowed my-app/rules#0'],
    ['any applies to public literals', '8.8.8.8:443', ['*:443'], 'RuleAllowed my-app/rules#0'],
    ['a name is not a range', 'a.example.com:443', ['0.0.0.0/0:443'], 'NoMatchingRule'],
    ['a private literal', '10.0.0.1:443', ['10.0.0.1:443', '*:443'], 'PrivateDestination'],
    ['loopback', '127.1:443', ['127.0.0.1:443'], 'PrivateDestination'],
    ['localhost', 'LOCALHOST.:443', ['localhost:443'], 'PrivateDestination'],
    ['below localhost', 'a.localhost:443', ['*.localhost:443'], 'PrivateDestination'],
    ['the proxy by its name', 'squid.egress-proxy.svc.cluster.local:3128', ['*:3128'], 'ProxyItself'],
    ['the proxy by its address', '10.8.0.1:4444', ['10.8.0.1:4444'], 'ProxyItself'],
    ['TLS without a name', 'no-server-name.kube-egress.invalid:443', ['*:443'], 'NameMissing'],
    [
      'TLS with a hidden name',
      'Encrypted-Server-Name.kube-egress.invalid:443',
      ['encrypted-server-name.kube-egress.invalid:443'],
      'NameEncrypted',
    ],
    ['HTTP without a name', 'no-host.kube-egress.invalid:80', ['*:80'], 'NameMissing'],
    ['another name there', 'other.kube-egress.invalid:80', ['*:80'], 'RuleAllowed my-app/rules#0'],
    ['user info', 'u@a.example.com:443', ['*:443'], 'MalformedTarget'],
  ])('%s', (_, target, targets, wanted) => {
    expect(answer(target, targets.length === 0 ? [] : [ruleSet('my-app', targets)])).toBe(wanted);
  });

  it.each([
    ['TRACE', 'MethodNotAllowed'],
    ['PURGE', 'MethodNotAllowed'],
    ['get', 'MethodNotAllowed'],
    ['GET', 'RuleAllowed my-app/rules#0'],
    ['OPTIONS', 'RuleAllowed my-app/rules#0'],
  ])('method %s: %s', (method, wanted) => {
    const sets = [ruleSet('my-app', ['*:80'])];
    expect(answer('a.example.com:80', sets, { method, scheme: 'http' })).toBe(wanted);
  });

  it('accepts plain requests for http only', () => {
    const sets = [ruleSet('my-app', ['*:443', '*:21'])];
    expect(answer('a.example.com:443', sets, { method: 'GET', scheme: 'https' })).toBe('MalformedTarget');
    expect(answer('a.example.com:21', sets, { method: 'GET', scheme: 'ftp' })).toBe('MalformedTarget');
  });

  describe('which rules apply', () => {
    it.each([
      ['another namespace: no', ruleSet('other', ['a.example.com:443']), {}, 'NoMatchingRule'],
      [
        'another namespace, scope Cluster: yes',
        ruleSet('other', ['a.example.com:443']),
        { ruleSetScope: 'Cluster' },
        'RuleAllowed other/rules#0',
      ],
      [
        "another namespace's podSelector never applies here",
        ruleSet('other', ['a.example.com:443'], { podSelector: { matchLabels: { app: 'api' } } }),
        { ruleSetScope: 'Cluster' },
        'NoMatchingRule',
      ],
      [
        'podSelector matches',
        ruleSet('my-app', ['a.example.com:443'], { podSelector: { matchLabels: { app: 'api' } } }),
        {},
        'RuleAllowed my-app/rules#0',
      ],
      [
        'podSelector does not',
        ruleSet('my-app', ['a.example.com:443'], { podSelector: { matchLabels: { app: 'web' } } }),
        {},
        'NoMatchingRule',
      ],
      [
        'podSelector is empty',
        ruleSet('my-app', ['a.example.com:443'], { podSelector: {} }),
        {},
        'RuleAllowed my-app/rules#0',
      ],
      ['a cluster set', clusterRuleSet(['a.example.com:443']), {}, 'RuleAllowed guard-rails#0'],
      [
        'a cluster set for others',
        clusterRuleSet(['a.example.com:443'], { namespaceSelector: { matchLabels: { team: 'x' } } }),
        {},
        'NoMatchingRule',
      ],
      [
        'a cluster set for clients that are not pods',
        clusterRuleSet(['a.example.com:443'], { clientCIDRs: ['0.0.0.0/0'] }),
        {},
        'NoMatchingRule',
      ],
      [
        '*:port under wildcardTargets Deny',
        ruleSet('my-app', ['*:443']),
        { wildcardTargets: 'Deny' },
        'NoMatchingRule',
      ],
      [
        "*:port of the operator's",
        clusterRuleSet(['*:443']),
        { wildcardTargets: 'Deny' },
        'RuleAllowed guard-rails#0',
      ],
      [
        'a set that does not parse',
        ruleSet('my-app', ['a.example.com:443', 'https://b']),
        {},
        'NoMatchingRule',
      ],
    ] as const)('%s', (_, set, spec, wanted) => {
      expect(answer('a.example.com:443', [set], { spec })).toBe(wanted);
    });

    it('leaves out a pod that the namespace does not select', () => {
      const client = podClient({ selected: false, mode: 'observe' });
      expect(answer('a.example.com:443', [ruleSet('my-app', ['*:443'])], { client })).toBe('ClientNotServed');
    });

    it.each([
      ['192.0.2.10', 'RuleAllowed nodes#0'],
      ['192.0.3.10', 'ClientNotServed'],
    ])('a client that is not a pod gets only sets with its clientCIDRs: %s', (text, wanted) => {
      const sets = [
        clusterRuleSet(['registry.example:443'], { name: 'nodes', clientCIDRs: ['192.0.2.0/24'] }),
        clusterRuleSet(['*:443'], { name: 'pods' }),
        ruleSet('my-app', ['*:443']),
      ];
      const address = parseAddress(text);
      if (address === undefined) throw new Error(text);
      const client = { kind: 'range', address } as const;
      const spec = { ruleSetScope: 'Cluster' } as const;
      expect(answer('registry.example:443', sets, { client, spec })).toBe(wanted);
      if (wanted.startsWith('Rule'))
        expect(answer('a.example:443', sets, { client, spec })).toBe('NoMatchingRule');
    });
  });

  describe('cluster Deny', () => {
    const all = ruleSet('my-app', ['*:443', '8.8.8.8:443']);
    it.each([
      ['wins over every Allow', 'a.evil.example:443', 'DeniedByRule guard-rails#0'],
      ['applies to literals', '8.8.8.8:443', 'DeniedByRule guard-rails#2'],
      ['and for what carries them', '[64:ff9b::8.8.8.8]:443', 'DeniedByRule guard-rails#2'],
      ['does not touch the rest', 'a.example.com:443', 'RuleAllowed my-app/rules#0'],
    ])('%s', (_, target, wanted) => {
      expect(answer(target, [all, denyEvil])).toBe(wanted);
    });

    it('denies the readable targets of a set with faults, to everyone if its selector is the fault', () => {
      const broken = clusterRuleSet(['evil.example:443', 'no port'], {
        action: 'Deny',
        namespaceSelector: { matchLabels: { 'a/b/c': 'x' } },
      });
      const snapshot = snapshotOf([all, broken]);
      expect(snapshot.ruleSets.invalid).toMatchObject([
        { kind: 'ClusterEgressRuleSet', name: 'guard-rails' },
      ]);
      expect(shown(decide(requestTo('evil.example:443'), snapshot))).toBe('DeniedByRule guard-rails#0');
    });
  });

  it.each([
    ['lack of a rule', 'a.example.com:443', 'ObserveOnly would NoMatchingRule'],
    ['a cluster Deny', 'evil.example:443', 'ObserveOnly would DeniedByRule'],
    ['the port ceiling', 'a.example.com:22', 'ObserveOnly would PortNotAllowed'],
    ['not the guard', '10.0.0.1:443', 'PrivateDestination'],
    ['not loopback', '127.0.0.1:443', 'PrivateDestination'],
    ['not the proxy', '10.8.0.2:443', 'ProxyItself'],
    ['nothing where enforce allows', 'good.example:443', 'RuleAllowed my-app/rules#0'],
  ])('observe mode allows %s', (_, target, wanted) => {
    const sets = [denyEvil, ruleSet('my-app', ['good.example:443'])];
    expect(answer(target, sets, { ...observing, spec: { allowedPorts: [443] } })).toBe(wanted);
  });

  it.each([
    [
      'needs a range of the operator and a CIDR target',
      { privateCIDRs: ['10.0.0.0/8'] },
      ['10.0.0.0/24:443'],
      'RuleAllowed my-app/rules#0',
    ],
    ['not the operator alone', { privateCIDRs: ['10.0.0.0/8'] }, ['*:443'], 'PrivateDestination'],
    [
      'Allow: a CIDR target still',
      { privateCIDRs: ['10.0.0.0/8'], privateDestinations: 'Allow' },
      ['*:443'],
      'NoMatchingRule',
    ],
    [
      'pods of the cluster count as special',
      { privateCIDRs: ['10.1.0.0/16'] },
      ['10.0.0.0/8:443'],
      'PrivateDestination',
    ],
  ] as const)('a private literal: %s', (_, spec, targets, wanted) => {
    const target = wanted === 'PrivateDestination' ? '10.8.7.7:443' : '10.0.0.1:443';
    const open = { privateCIDRs: [...spec.privateCIDRs] };
    const set = ruleSet('my-app', [...targets]);
    expect(answer(target, [set], { spec: { ...spec, ...open } })).toBe(wanted);
  });

  it('names the upstreams that own a target, in order, and then resolves nothing', () => {
    const spec: EgressProxySpec = {
      upstreams: [
        { name: 'corp', host: 'p.corp', port: 3128, targets: ['*.corp.example:443', '8.8.8.8:443'] },
        { name: 'second', host: 'q.corp', port: 3128, targets: ['.example:443'] },
      ],
    };
    const snapshot = snapshotOf([ruleSet('my-app', ['*:443'])], spec);
    const ask = (target: string) => decide(requestTo(target), snapshot);
    expect(ask('a.corp.example:443')).toMatchObject({ upstreams: ['corp', 'second'], mustResolve: false });
    expect(ask('a.example.com:443')).toMatchObject({ upstreams: [], mustResolve: true });
    expect(ask('8.8.8.8:443')).toMatchObject({ upstreams: ['corp'], mustResolve: false });
  });
});

describe('a blocked namespace', () => {
  const client = podClient({
    mode: 'blocked',
    block: { since: undefined, manager: undefined, reason: undefined },
  });

  it.each([
    ['a rule allows it', 'a.example.com:443', ['*:443']],
    ['no rule allows it', 'a.example.com:443', []],
    ['the target is malformed', 'a..b:443', ['*:443']],
  ])('refuses everything where %s', (_, target, targets) => {
    expect(answer(target, [ruleSet('my-app', targets)], { client })).toBe('Blocked');
  });

  it('refuses pods outside of the selector too', () => {
    expect(answer('a.example.com:443', [], { client: { ...client, selected: false } })).toBe('Blocked');
  });
});
