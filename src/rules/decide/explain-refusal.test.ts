import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EgressProxySpec } from '../../api/index.ts';
import { decide } from './decide.ts';
import { deny, refusal } from './decision.ts';
import { explainRefusal } from './explain-refusal.ts';
import type { EgressRequest } from './request.ts';
import {
  type AnyRuleSet,
  clusterRuleSet,
  podClient,
  requestTo,
  ruleSet,
  snapshotOf,
} from './rule-set-index.fixture.ts';

function explained(request: EgressRequest, sets: AnyRuleSet[] = [], spec: EgressProxySpec = {}): string {
  const decision = decide(request, snapshotOf(sets, spec));
  return decision.verdict === 'deny' ? explainRefusal(decision, request, 'id-1') : decision.reason;
}

describe('explainRefusal', () => {
  it('names the target to add', () => {
    expect(explained(requestTo('API.example.com:443'))).toBe(
      'Pod my-app/api-1 may not reach api.example.com:443 (NoMatchingRule). To allow it, add "api.example.com:443" to an EgressRuleSet in namespace my-app. [id id-1]',
    );
  });

  it.each<[string, string, AnyRuleSet[], EgressProxySpec, string]>([
    ['a private address', '10.0.0.1:443', [], {}, 'PrivateDestination: private use'],
    [
      'one that a rule can open',
      '10.0.0.1:443',
      [],
      { privateCIDRs: ['10.0.0.0/8'] },
      'add a CIDR target to an EgressRuleSet in namespace my-app',
    ],
    ['loopback', '127.1:443', [], {}, 'never connects'],
    [
      'a Deny',
      'a.test:443',
      [clusterRuleSet(['a.test:443'], { action: 'Deny' })],
      {},
      'ClusterEgressRuleSet guard-rails#0 denies it',
    ],
    ['the ceiling', 'a.test:22', [ruleSet('my-app', ['a.test:22'])], { allowedPorts: [443] }, 'allowedPorts'],
    ['an IPv6 literal', '[2606:4700::1]:443', [], {}, 'add "[2606:4700::1]:443"'],
  ])('says what to do about %s', (_, target, sets, spec, wanted) => {
    expect(explained(requestTo(target), sets, spec)).toContain(wanted);
  });

  it('names an unknown client by its address', () => {
    const request = {
      client: { kind: 'unknown', address: '10.8.3.4' },
      method: 'CONNECT',
      host: 'a.test',
      port: 443,
    } as const;
    expect(explainRefusal(deny(refusal('IdentityUnknown')), request, 'id-1')).toBe(
      'Client 10.8.3.4 may not reach a.test:443 (IdentityUnknown). The Kubernetes API does not show a pod with this address yet: try again in a few seconds. [id id-1]',
    );
  });

  it('is one harmless line of ASCII, whatever the names are', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.string({ unit: 'binary' }),
        fc.string(),
        (host, name, method) => {
          const client = podClient({ name, namespace: name });
          const line = explained({ client, method, host, port: 443, scheme: undefined });
          expect(line).toMatch(/^[\x20-\x7e]*$/);
          expect(line).not.toMatch(/[<>&'`\\]/);
          expect(line.length).toBeLessThan(1500);
        },
      ),
    );
  });
});
