import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EgressProxySpec } from '../../api/index.ts';
import { decide } from './decide.ts';
import { deny, refusal } from './decision.ts';
import { refusalFields } from './refusal-fields.ts';
import type { PodClient, ProxyRequest } from './request.ts';
import {
  type AnyRuleSet,
  clusterRuleSet,
  podClient,
  requestTo,
  ruleSet,
  snapshotOf,
} from './rule-set-index.fixture.ts';

function fieldsOf(request: ProxyRequest, sets: AnyRuleSet[] = [], spec: EgressProxySpec = {}) {
  const decision = decide(request, snapshotOf(sets, spec));
  if (decision.verdict === 'allow') throw new Error('it is allowed');
  return refusalFields(decision, request, 'id-1');
}

describe('refusalFields', () => {
  it('names the target to add and the command that asks for it', () => {
    expect(fieldsOf(requestTo('API.example.com:443'))).toEqual({
      id: 'id-1',
      reason: 'NoMatchingRule',
      target: 'api.example.com:443',
      namespace: 'my-app',
      add: 'api.example.com:443',
      command: 'kubectl egress request my-app api.example.com:443 --for 2h --reason REASON',
    });
  });

  it.each<[string, string, AnyRuleSet[], EgressProxySpec, string | undefined]>([
    ['a Deny', 'a.test:443', [clusterRuleSet(['a.test:443'], { action: 'Deny' })], {}, 'guard-rails#0'],
    ['a closed port', 'a.test:22', [ruleSet('my-app', ['a.test:22'])], { allowedPorts: [443] }, undefined],
    ['a private address', '10.0.0.1:443', [], {}, undefined],
  ])('advises no rule for %s', (_, target, sets, spec, rule) => {
    const fields = fieldsOf(requestTo(target), sets, spec);
    expect(fields).not.toHaveProperty('add');
    expect(fields).not.toHaveProperty('command');
    expect(fields.rule).toBe(rule);
  });

  it('advises no rule for a name inside the cluster, nor to a client that is no pod', () => {
    const decision = decide(requestTo('catalog:8080'), snapshotOf([], {}));
    if (decision.verdict === 'allow') throw new Error('it is allowed');
    const inside = { ...requestTo('catalog:8080'), inCluster: { kind: 'bare' } as const };
    expect(refusalFields(decision, inside, 'id-1')).not.toHaveProperty('add');
    const client = { kind: 'unknown', address: '10.8.3.4' } as const;
    const unknown = { client, method: 'CONNECT', host: 'a.test', port: 443 };
    expect(refusalFields(deny(refusal('IdentityUnknown')), unknown, 'id-1')).toEqual({
      id: 'id-1',
      reason: 'IdentityUnknown',
      target: 'a.test:443',
      retry: true,
    });
  });

  it('is one harmless line of JSON, and its command one of a shell, whatever the names are', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (host, name) => {
        const client: PodClient = podClient({ name, namespace: 'my-app' });
        const fields = fieldsOf({ client, method: 'GET', host, port: 443, scheme: undefined });
        const line = JSON.stringify(fields);
        expect(line).toMatch(/^[\x20-\x7e]*$/);
        expect(line).not.toMatch(/[<>&'`\\%]/);
        expect(line.length).toBeLessThan(2000);
        expect(fields.command ?? '').toMatch(/^[\w .:[\]-]*$/);
      }),
    );
  });
});
