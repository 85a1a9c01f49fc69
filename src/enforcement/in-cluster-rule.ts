import type { EgressRule } from './network-policy.ts';

/**
 * Every pod of the cluster. Selectors and never the Service range as an ipBlock: policies are judged after a
 * Service's address has been translated, and a Service without a selector may lead anywhere.
 */
export function inClusterRule(): EgressRule {
  return { to: [{ namespaceSelector: {} }] };
}
