import { type LabelSelector, label, MANAGER } from '../api/index.ts';
import { type ApiServerEndpoint, apiServerRules } from './api-server-rules.ts';
import { type DnsFacts, dnsRules } from './dns-rules.ts';
import { inClusterRule } from './in-cluster-rule.ts';
import type { NetworkPolicy } from './network-policy.ts';
import { type ProxyEndpoint, proxyRule } from './proxy-rule.ts';

/** The name of the policy in every enforced namespace. */
export const NAMESPACE_POLICY = 'enforce-egress-proxy';

export interface NamespacePolicyInput {
  namespace: string;
  proxy: ProxyEndpoint;
  /** Proxies that pods of the namespace still have in their variables. */
  formerProxies?: readonly ProxyEndpoint[];
  dns: DnsFacts;
  apiServer: readonly ApiServerEndpoint[];
  /** `Deny` (strict mode) leaves DNS and the proxy. */
  inClusterTraffic: 'Allow' | 'Deny';
  /** Keeps the API server reachable in strict mode. */
  apiServerAllowed?: boolean | undefined;
  /** The pods that the namespace narrows enforcement to; absent: all. */
  podSelector?: LabelSelector | undefined;
}

/** The policy that leaves the proxy as the only way out of a namespace. */
export function renderNamespacePolicy(input: NamespacePolicyInput): NetworkPolicy {
  const open = input.inClusterTraffic === 'Allow';
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: {
      name: NAMESPACE_POLICY,
      namespace: input.namespace,
      labels: {
        [label.managedBy]: MANAGER,
        [label.ownerProxy]: `${input.proxy.namespace}.${input.proxy.name}`,
      },
    },
    spec: {
      podSelector: input.podSelector ?? {},
      policyTypes: ['Egress'],
      egress: [
        ...dnsRules(input.dns),
        proxyRule(input.proxy),
        ...(input.formerProxies ?? []).map(proxyRule),
        ...(open ? [inClusterRule()] : []),
        ...(open || input.apiServerAllowed === true ? apiServerRules(input.apiServer) : []),
      ],
    },
  };
}
