/** The NetworkPolicies that confine a namespace to its proxy and that open the proxy's own egress. Pure. */

export { bothSelectors } from './both-selectors.ts';
export { bypassesEnforcement, bypassingCapabilities } from './capabilities.ts';
export {
  type DirectDestination,
  type DirectTargetsInput,
  directTargetsPolicyName,
  renderDirectTargetsPolicy,
  ruleSetOfPolicyName,
} from './direct-targets-policy.ts';
export type { DnsFacts, DnsService } from './dns-rules.ts';
export {
  NAMESPACE_POLICY,
  type NamespacePolicyInput,
  namespacePolicyNames,
  renderNamespacePolicy,
} from './namespace-policy.ts';
export type { NetworkPolicy, NetworkPolicySpec } from './network-policy.ts';
export { type ApiServerEndpoint, type ProxyEndpoint, proxyPodLabels } from './peers.ts';
export { type ProxyPoliciesInput, renderProxyPolicies } from './proxy-policies.ts';
export { closedRanges, neverOpened } from './special-purpose.ts';
export { detectWideningPolicies, type WideningPolicy } from './widening-policies.ts';
