/** What closes a namespace and what lets a proxy out: NetworkPolicies, one peer a file. Pure. */
export type { ApiServerEndpoint } from './api-server-rules.ts';
export { bothSelectors } from './both-selectors.ts';
export {
  type DirectDestination,
  type DirectTargetsInput,
  directTargetsPolicyName,
  renderDirectTargetsPolicy,
  ruleSetOfPolicyName,
} from './direct-targets-policy.ts';
export type { DnsFacts, DnsService } from './dns-rules.ts';
export { NAMESPACE_POLICY, type NamespacePolicyInput, renderNamespacePolicy } from './namespace-policy.ts';
export type { NetworkPolicy, NetworkPolicySpec } from './network-policy.ts';
export { type ProxyPoliciesInput, renderProxyPolicies } from './proxy-policies.ts';
export { type ProxyEndpoint, proxyPodLabels } from './proxy-rule.ts';
export { detectWideningPolicies, type WideningPolicy } from './widening-policies.ts';
