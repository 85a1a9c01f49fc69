import { describe, expect, it } from 'vitest';
import { clusterRuleSet, podClient, ruleSet, snapshotOf } from '../../rules/decide/rule-set-index.fixture.ts';
import { isRevoked, type TunnelClient } from './is-revoked.ts';

const rules = ruleSet('my-app', ['h.example:443']);
const client: TunnelClient = { kind: 'client', client: podClient({ namespace: 'my-app' }), podUid: 'u' };
const tunnel = {
  request: { method: 'CONNECT', host: 'h.example', port: 443, scheme: undefined },
  addresses: ['93.184.216.34'],
  podUid: 'u',
  revoked: false,
};

describe('isRevoked', () => {
  const otherPod: TunnelClient = { ...client, podUid: 'another' };
  const observed: TunnelClient = {
    kind: 'client',
    client: podClient({ namespace: 'my-app', mode: 'observe' }),
    podUid: 'u',
  };
  const blocked: TunnelClient = {
    kind: 'client',
    client: podClient({ namespace: 'my-app', mode: 'blocked' }),
    podUid: 'u',
  };
  it.each<[string, TunnelClient, Parameters<typeof snapshotOf>, boolean]>([
    ['its rule is there', client, [[rules]], false],
    ['its rule is gone', client, [[]], true],
    ['another rule allows it', client, [[ruleSet('my-app', ['*.example:443'])]], false],
    [
      'a cluster rule denies it',
      client,
      [[rules, clusterRuleSet(['h.example:443'], { action: 'Deny' })]],
      true,
    ],
    [
      'a cluster rule denies its address',
      client,
      [[rules, clusterRuleSet(['93.184.0.0/16:443'], { action: 'Deny' })]],
      true,
    ],
    ['the operator closes its port', client, [[rules], { allowedPorts: [80] }], true],
    ['its namespace is blocked now', blocked, [[rules]], true],
    ['its namespace is only observed now', observed, [[]], false],
    ['its proxy no longer serves it', { kind: 'notServed' }, [[rules]], true],
    ['another pod has its address', otherPod, [[]], false],
    ['no client is known at its address', { kind: 'unknown' }, [[]], false],
  ])('%s', (_, now, snapshot, expected) => {
    expect(isRevoked(tunnel, now, snapshotOf(...snapshot))).toBe(expected);
  });

  it('is taken back with the rule that comes back', () => {
    const revoked = { ...tunnel, revoked: true };
    expect(isRevoked(revoked, client, snapshotOf([rules]))).toBe(false);
    expect(isRevoked(revoked, otherPod, snapshotOf([rules]))).toBe(true);
  });
});
