import { describe, expect, it } from 'vitest';
import type { EgressProxySpec } from '../../api/index.ts';
import { checkResolved } from './check-resolved.ts';
import { decide } from './decide.ts';
import {
  type AnyRuleSet,
  clusterRuleSet,
  podClient,
  requestTo,
  ruleSet,
  snapshotOf,
} from './rule-set-index.fixture.ts';

interface Case {
  sets?: AnyRuleSet[];
  spec?: EgressProxySpec;
  mode?: 'enforce' | 'observe';
}

/** The reason and the addresses that may be dialled, for a request that the rules allow. */
function judged(addresses: string[], { sets = [], spec = {}, mode = 'enforce' }: Case = {}): string {
  const request = requestTo('a.example.com:443', { client: podClient({ mode }) });
  const snapshot = snapshotOf([ruleSet('my-app', ['a.example.com:443'], { name: 'name' }), ...sets], spec);
  const decision = decide(request, snapshot);
  if (decision.verdict === 'deny' || !decision.mustResolve) throw new Error(decision.reason);
  const result = checkResolved(decision, request, addresses, snapshot);
  const lifted = result.decision.verdict === 'allow' ? result.decision.wouldDeny : undefined;
  return [
    result.decision.reason,
    ...result.addresses,
    ...(lifted === undefined ? [] : [`would ${lifted.reason}`]),
  ].join(' ');
}

const denied = clusterRuleSet(['8.8.8.0/24:443'], { action: 'Deny' });
const privateTarget = ruleSet('my-app', ['10.1.0.0/16:443'], { name: 'range' });
const opened: EgressProxySpec = { privateCIDRs: ['10.0.0.0/8'] };
const vouched: EgressProxySpec = { ...opened, privateDestinations: 'Allow' };

describe('checkResolved', () => {
  it.each<[string, string[], Case, string]>([
    [
      'public addresses pass, each once',
      ['1.1.1.1', '::ffff:1.1.1.1', '2606:4700::1'],
      {},
      'RuleAllowed 1.1.1.1 2606:4700::1',
    ],
    ['an empty answer', [], {}, 'NameNotResolved'],
    ['no address in the answer', ['nonsense'], {}, 'NameNotResolved'],
    ['special addresses are taken out', ['10.1.1.1', '1.1.1.1', '127.0.0.1'], {}, 'RuleAllowed 1.1.1.1'],
    ['none is left', ['10.1.1.1', '64:ff9b::7f00:1'], {}, 'PrivateDestination'],
    ['the proxy itself', ['10.8.0.1'], {}, 'ProxyItself'],
    [
      'the proxy by an address that everything opens',
      ['198.18.0.1'],
      { spec: { privateDestinations: 'Allow', privateCIDRs: ['0.0.0.0/0'] } },
      'ProxyItself',
    ],
    ['the operator alone opens nothing', ['10.1.1.1'], { spec: opened }, 'PrivateDestination'],
    ['a CIDR target alone opens nothing', ['10.1.1.1'], { sets: [privateTarget] }, 'PrivateDestination'],
    ['both do', ['10.1.1.1'], { spec: opened, sets: [privateTarget] }, 'RuleAllowed 10.1.1.1'],
    [
      'a CIDR target for another port does not',
      ['10.1.1.1'],
      { spec: opened, sets: [ruleSet('my-app', ['10.1.0.0/16:80'])] },
      'PrivateDestination',
    ],
    [
      'nor one of another namespace',
      ['10.1.1.1'],
      { spec: opened, sets: [ruleSet('other', ['10.1.0.0/16:443'])] },
      'PrivateDestination',
    ],
    ['the operator vouches', ['10.1.1.1'], { spec: vouched }, 'RuleAllowed 10.1.1.1'],
    ['only for what is listed', ['192.168.1.1'], { spec: vouched }, 'PrivateDestination'],
    [
      'never for loopback',
      ['127.0.0.1', '::1', '0.0.0.0'],
      { spec: { privateDestinations: 'Allow', privateCIDRs: ['0.0.0.0/0', '127.0.0.0/8', '::1/128'] } },
      'PrivateDestination',
    ],
    [
      'nor for metadata by a wide range',
      ['169.254.169.254'],
      { spec: { privateDestinations: 'Allow', privateCIDRs: ['0.0.0.0/0'] } },
      'PrivateDestination',
    ],
    ['one denied address refuses the name', ['1.1.1.1', '8.8.8.8'], { sets: [denied] }, 'DeniedByRule'],
    ['also when NAT64 carries it', ['1.1.1.1', '64:ff9b::808:808'], { sets: [denied] }, 'DeniedByRule'],
    [
      "also when the network's own NAT64 carries it",
      ['2a00:db8:64::808:808'],
      { sets: [denied], spec: { nat64Prefixes: ['2a00:db8:64::/96'] } },
      'DeniedByRule',
    ],
    [
      "a private address that the network's own NAT64 carries",
      ['2a00:db8:64::a01:101'],
      { spec: { nat64Prefixes: ['2a00:db8:64::/96'] } },
      'PrivateDestination',
    ],
    [
      'observe lifts a Deny',
      ['1.1.1.1', '8.8.8.8'],
      { sets: [denied], mode: 'observe' },
      'ObserveOnly 1.1.1.1 8.8.8.8 would DeniedByRule',
    ],
    ['observe does not lift the guard', ['10.1.1.1'], { mode: 'observe' }, 'PrivateDestination'],
  ])('%s', (_, addresses, given, wanted) => {
    expect(judged(addresses, given)).toBe(wanted);
  });
});
