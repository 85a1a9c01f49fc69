import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EgressProxySpec } from '../../api/index.ts';
import { inClusterName } from '../target/index.ts';
import { decide } from './decide.ts';
import { deny, refusal } from './decision.ts';
import { explainRefusal } from './explain-refusal.ts';
import type { PodClient, ProxyRequest } from './request.ts';
import {
  type AnyRuleSet,
  clusterRuleSet,
  podClient,
  requestTo,
  ruleSet,
  snapshotOf,
} from './rule-set-index.fixture.ts';

function explained(request: ProxyRequest, sets: AnyRuleSet[] = [], spec: EgressProxySpec = {}): string {
  const decision = decide(request, snapshotOf(sets, spec));
  return decision.verdict === 'deny' ? explainRefusal(decision, request, 'id-1') : decision.reason;
}

describe('explainRefusal', () => {
  it('names the target to add', () => {
    expect(explained(requestTo('API.example.com:443'))).toBe(
      'Pod my-app/api-1 may not reach api.example.com:443 (NoMatchingRule). To allow it, add "api.example.com:443" to an EgressRuleSet in namespace my-app, or ask for it: kubectl egress request. [id id-1]',
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

  describe('for a name inside the cluster', () => {
    const cluster = { hasNamespace: (name: string) => name === 'other', clusterDomain: undefined };
    const explain = (host: string, sets: AnyRuleSet[] = [], spec: EgressProxySpec = {}) => {
      const request = requestTo(`${host}:8080`);
      const decision = decide(request, snapshotOf(sets, spec));
      const refused =
        decision.verdict === 'deny' ? decision : deny(refusal('NameNotResolved'), decision.destination);
      return explainRefusal(refused, { ...request, inCluster: inClusterName(host, cluster) }, 'id-1');
    };

    it.each<[string, string, AnyRuleSet[], EgressProxySpec]>([
      ['a bare name', 'catalog', [], {}],
      ['one that a rule names', 'catalog', [ruleSet('my-app', ['catalog:8080'])], {}],
      ['one on a port that is not allowed', 'catalog', [], { allowedPorts: [443] }],
      ['a Service', 'web.other.svc', [], {}],
      ['a Service that a rule names', 'web.other.svc', [ruleSet('my-app', ['web.other.svc:8080'])], {}],
      ['the cluster’s domain', 'web.other.svc.cluster.local', [], {}],
    ])('advises no rule, no operator and no spelling: %s', (_, host, sets, spec) => {
      expect(explain(host, sets, spec)).toContain('inside the cluster');
      expect(explain(host, sets, spec)).not.toMatch(/To allow it|add "|operator|spelling|rule allows/);
    });

    it('says how a bare name works', () => {
      expect(explain('catalog')).toContain(
        'restart the pod, so that NO_PROXY has its name, or use catalog.my-app.svc.',
      );
    });

    it('advises both for a name that may be public', () => {
      expect(explain('web.other')).toContain(
        'or use web.other.svc. If it is a public name, add "web.other:8080" to',
      );
      expect(explain('web.other', [ruleSet('my-app', ['web.other:8080'])])).not.toContain('add "');
      expect(explain('web.org')).toContain('To allow it, add "web.org:8080"');
    });

    it('says how a pod of a headless Service works, and what allows a name of a private network', () => {
      expect(explain('store-0.stores')).toContain(
        'Restart the pod if that Service is newer, or use store-0.stores.my-app.svc. If it is a name of your own network, add "store-0.stores:8080" to',
      );
      expect(explain('store-0.stores', [ruleSet('my-app', ['store-0.stores:8080'])])).not.toMatch(
        /add "|spelling/,
      );
    });

    it('leaves a Deny as it is: no restart lifts it', () => {
      const set = clusterRuleSet(['web.other:8080'], { action: 'Deny' });
      expect(explain('web.other', [set])).toContain('ask the cluster operator');
    });
  });

  it('says which methods there are, and that HTTPS has any', () => {
    const client = podClient({});
    expect(explained({ client, method: 'PURGE', host: 'a.test', port: 80, scheme: 'http' })).toBe(
      'Pod my-app/api-1 may not reach a.test:80 (MethodNotAllowed). The proxy does not allow the method PURGE: use CONNECT, GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS, or HTTPS, whose methods the proxy does not see. [id id-1]',
    );
  });

  it('names an unknown client by its address', () => {
    const request = {
      client: { kind: 'unknown', address: '10.8.3.4' },
      method: 'CONNECT',
      host: 'a.test',
      port: 443,
    } as const;
    expect(explainRefusal(deny(refusal('IdentityUnknown')), request, 'id-1')).toBe(
      'Client 10.8.3.4 may not reach a.test:443 (IdentityUnknown). The Kubernetes API does not show a pod with this address yet: try again in a few seconds. A pod with hostNetwork has the address of its node, and the proxy does not serve it. [id id-1]',
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
          const request = { client, method, host, port: 443, scheme: undefined };
          const inCluster = inClusterName(host, { hasNamespace: () => true, clusterDomain: undefined });
          for (const line of [
            explained(request),
            explainRefusal(deny(refusal('NoMatchingRule')), { ...request, inCluster }, 'id-1'),
          ]) {
            expect(line).toMatch(/^[\x20-\x7e]*$/);
            expect(line).not.toMatch(/[<>&'`\\]/);
            expect(line.length).toBeLessThan(2500);
          }
        },
      ),
    );
  });
});

describe('explainRefusal, a blocked namespace', () => {
  const blocked = (block: NonNullable<PodClient['block']>) =>
    explained(requestTo('a.example.com:443', { client: podClient({ mode: 'blocked', block }) }));

  it('says who blocked it, when and why', () => {
    const block = {
      since: '2026-11-28T17:00:00Z',
      manager: 'kubectl-label',
      reason: 'incident 4711, ask sre',
    };
    expect(blocked(block)).toBe(
      'Pod my-app/api-1 may not reach a.example.com:443 (Blocked: incident 4711, ask sre). Namespace my-app is blocked since 2026-11-28T17:00:00Z by kubectl-label (label egress.zalando.org/mode): every request of it is refused until the cluster operator changes that. [id id-1]',
    );
  });

  it('needs neither', () => {
    expect(blocked({ since: undefined, manager: undefined, reason: ' ' })).toContain(
      'a.example.com:443 (Blocked). Namespace my-app is blocked (label',
    );
  });

  it('stays one short line whatever the annotation says', () => {
    const text = blocked({ since: undefined, manager: '<b>', reason: `a\r\nb ${'x'.repeat(100_000)}` });
    expect(text).toMatch(/^[\x20-\x7e]{1,700}$/);
    expect(text).not.toMatch(/[<>]/);
  });
});
