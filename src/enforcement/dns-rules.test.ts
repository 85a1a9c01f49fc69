import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchesSelector } from '../rules/index.ts';
import { type DnsService, inClusterRuleWithoutDns } from './dns-rules.ts';
import { NAMESPACE_NAME_LABEL } from './network-policy.ts';

interface TestPod {
  namespace: string;
  labels: Record<string, string>;
}

/** Whether a NetworkPolicy rule opens a pod: one peer selects its namespace and its labels. */
function opens(services: DnsService[], { namespace, labels }: TestPod): boolean {
  const { to = [] } = inClusterRuleWithoutDns({ services, nodeLocal: [] });
  return to.some(
    ({ namespaceSelector, podSelector }) =>
      matchesSelector(namespaceSelector, { [NAMESPACE_NAME_LABEL]: namespace }) &&
      (podSelector === undefined || matchesSelector(podSelector, labels)),
  );
}

describe('inClusterRuleWithoutDns', () => {
  it('opens every pod but those that a DNS Service selects', () => {
    const names = fc.constantFrom('kube-system', 'dns', 'shop');
    const labels = fc.dictionary(fc.constantFrom('app', 'tier'), fc.constantFrom('dns', 'web'), {
      minKeys: 1,
    });
    const service = fc.record({
      namespace: names,
      podSelector: labels,
      ports: fc.constant<DnsService['ports']>([]),
    });
    const pod = fc.record({ namespace: names, labels: fc.oneof(labels, fc.constant({})) });
    fc.assert(
      fc.property(fc.array(service, { maxLength: 3 }), pod, (services, { namespace, labels: own }) => {
        const isDns = services.some(
          ({ podSelector, ...each }) =>
            each.namespace === namespace &&
            Object.entries(podSelector).every(
              ([key, value]) => (own as Record<string, string>)[key] === value,
            ),
        );
        expect(opens(services, { namespace, labels: own })).toBe(!isDns);
      }),
    );
  });
});
