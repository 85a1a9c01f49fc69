import { describe, expect, it } from 'vitest';
import { podClient, requestTo, ruleSet, snapshotOf } from '../../rules/decide/rule-set-index.fixture.ts';
import { type Allowed, decide } from '../../rules/index.ts';
import { orderGate } from './order-gate.ts';

const rules = [ruleSet('my-app', ['*:443', '*:22', '8.8.8.8/32:443'])];
const settings = { tlsServerName: 'Enforce' as const, tlsPorts: new Set([443]) };
const direct = { kind: 'direct' as const };
const parents = {
  kind: 'parents' as const,
  names: ['int'],
  shown: { login: undefined, header: undefined },
};

function order(
  target: string,
  {
    mode = 'enforce' as 'enforce' | 'observe',
    method = 'CONNECT',
    viaParent = false,
    own = settings as Parameters<typeof orderGate>[1],
  } = {},
) {
  const client = podClient({ mode });
  const decision = decide(requestTo(target, { client, method }), snapshotOf(rules)) as Allowed;
  expect(decision.verdict).toBe('allow');
  return orderGate({ method, client, decision, route: viaParent ? parents : direct }, own);
}

describe('orderGate', () => {
  it('names the name as rules write it', () => {
    expect(order('API.Example.COM.:443')).toEqual({ mode: 'enforce', name: 'api.example.com' });
    expect(order('b%C3%BCcher.example:443')).toEqual({ mode: 'enforce', name: 'xn--bcher-kva.example' });
  });

  it('only reports with Report, and in observe mode', () => {
    expect(order('a.example:443', { own: { ...settings, tlsServerName: 'Report' } })?.mode).toBe('report');
    expect(order('a.example:443', { mode: 'observe' })?.mode).toBe('report');
  });

  it.each([
    ['with Ignore', 'a.example:443', { own: { ...settings, tlsServerName: 'Ignore' as const } }],
    ['on another port', 'a.example:22', {}],
    ['to an address', '8.8.8.8:443', {}],
    ['through a parent', 'a.example:443', { viaParent: true }],
    ['that is no tunnel', 'a.example:443', { method: 'GET' }],
  ])('leaves a request %s alone', (_, target, options) => {
    expect(order(target, options)).toBeUndefined();
  });
});
