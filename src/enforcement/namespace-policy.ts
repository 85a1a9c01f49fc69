import { type LabelSelector, label, MANAGER } from '../api/index.ts';
import { type DnsFacts, dnsPorts, dnsRules, inClusterRuleWithoutDns } from './dns-rules.ts';
import type { EgressRule, NetworkPolicy } from './network-policy.ts';
import {
  type ApiServerEndpoint,
  apiServerRules,
  type HostNetworkPorts,
  hostNetworkRules,
  inClusterRule,
  type ProxyEndpoint,
  proxyRule,
} from './peers.ts';

/** Name of the policy in every enforced namespace. */
export const NAMESPACE_POLICY = 'enforce-egress-proxy';

/**
 * The names that the policy of a namespace can have, in order: the second one is for a namespace in which a policy that
 * is not ours has the first. The guard reserved-names keeps tenants from creating any of them.
 */
export function* namespacePolicyNames(): Generator<string, never> {
  yield NAMESPACE_POLICY;
  for (let suffix = 2; ; suffix += 1) yield `${NAMESPACE_POLICY}-${suffix}`;
}

export interface NamespacePolicyInput {
  namespace: string;
  /** Name of the policy; absent: NAMESPACE_POLICY. */
  name?: string | undefined;
  proxy: ProxyEndpoint;
  /** Earlier proxies that pods of the namespace still have in their environment variables. */
  formerProxies?: readonly ProxyEndpoint[];
  dns: DnsFacts;
  /** Closes the cluster's DNS: the pods ask the proxy's nameserver. */
  closesDns?: boolean | undefined;
  /** Port of the proxy's nameserver; absent if it has none. */
  clientDnsPort?: number | undefined;
  apiServer: readonly ApiServerEndpoint[];
  /** `Deny` (strict mode) opens only DNS and the proxy. */
  inClusterTraffic: 'Allow' | 'Deny';
  /** Ports of nodes to open, for Services of pods on the host network; never in strict mode. */
  hostNetwork?: HostNetworkPorts | undefined;
  /** Keeps the API server reachable in strict mode. */
  apiServerAllowed?: boolean | undefined;
  /** The pods of the namespace to which enforcement is limited; absent: all. */
  podSelector?: LabelSelector | undefined;
}

/** The policy that makes the proxy the only way out of a namespace. */
export function renderNamespacePolicy(input: NamespacePolicyInput): NetworkPolicy {
  const open = input.inClusterTraffic === 'Allow';
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: {
      name: input.name ?? NAMESPACE_POLICY,
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
        ...(input.closesDns ? [] : dnsRules(input.dns)),
        ...[input.proxy, ...(input.formerProxies ?? [])].flatMap((proxy) => [
          proxyRule(proxy),
          ...nameserverRules(proxy, input.clientDnsPort),
        ]),
        ...(open
          ? [
              input.closesDns ? inClusterRuleWithoutDns(input.dns) : inClusterRule(),
              ...hostNetworkRules(input.hostNetwork),
            ]
          : []),
        ...(open || input.apiServerAllowed === true ? apiServerRules(input.apiServer) : []),
      ],
    },
  };
}

/** A former proxy has a nameserver on the same port, if it has one. */
function nameserverRules(proxy: ProxyEndpoint, port: number | undefined): EgressRule[] {
  return port === undefined ? [] : [{ ...proxyRule(proxy), ports: dnsPorts(port) }];
}
