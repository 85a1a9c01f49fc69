import { describe, expect, it } from 'vitest';
import type { TlsServerName } from '../../api/index.ts';
import { podClient, requestTo, ruleSet, snapshotOf } from '../../rules/decide/rule-set-index.fixture.ts';
import { type Allowed, decide } from '../../rules/index.ts';
import { orderGate } from './order-gate.ts';

const rules = [ruleSet('my-app', ['*:443', '*:22', '8.8.8.8/32:443'])];
const { settings } = snapshotOf([], {
  tcpTargets: ['ssh.example.com:443', '*.db.example.com:443', 'plain.example.com:22'],
});
const direct = { kind: 'direct' as const };
const parents = {
  kind: 'parents' as const,
  names: ['int'],
  shown: { login: undefined, header: undefined },
};

function order(
  target: string,
  { check = 'Enforce' as TlsServerName, method = 'CONNECT', viaParent = false } = {},
) {
  const client = podClient();
  const decision = decide(requestTo(target, { client, method }), snapshotOf(rules)) as Allowed;
  expect(decision.verdict).toBe('allow');
  return orderGate({ method, check, decision, route: viaParent ? parents : direct }, settings);
}

describe('orderGate', () => {
  it('names the name as rules write it', () => {
    expect(order('API.Example.COM.:443')).toEqual({ mode: 'enforce', name: 'api.example.com' });
    expect(order('b%C3%BCcher.example:443')).toEqual({ mode: 'enforce', name: 'xn--bcher-kva.example' });
  });

  it('only reports with Report', () => {
    expect(order('a.example:443', { check: 'Report' })?.mode).toBe('report');
  });

  it.each([
    ['on a port of TLS', 'SSH.example.com.:443', {}],
    ['that a wildcard says', 'a.db.example.com:443', {}],
    ['on another port', 'plain.example.com:22', {}],
    ['with Ignore', 'ssh.example.com:443', { check: 'Ignore' as const }],
  ])('compares nothing with a target that is no TLS, %s', (_, target, options) => {
    expect(order(target, options)?.mode).toBe('pass');
  });

  it.each([
    ['with Ignore', 'a.example:443', { check: 'Ignore' as const }],
    ['on another port', 'a.example:22', {}],
    ['to an address', '8.8.8.8:443', {}],
    ['through a parent', 'a.example:443', { viaParent: true }],
    ['through a parent to a target that is no TLS', 'ssh.example.com:443', { viaParent: true }],
    ['that is no tunnel', 'a.example:443', { method: 'GET' }],
    ['that is no tunnel, to a target that is no TLS', 'ssh.example.com:443', { method: 'GET' }],
  ])('leaves a request %s alone', (_, target, options) => {
    expect(order(target, options)).toBeUndefined();
  });
});
