import { type DesiredObject, label } from '../api/index.ts';
import { type DnsFacts, dnsPorts, dnsRules } from './dns-rules.ts';
import {
  type IngressRule,
  NAMESPACE_NAME_LABEL,
  type NetworkPolicy,
  type NetworkPolicyPort,
} from './network-policy.ts';
import {
  type ApiServerEndpoint,
  apiServerRules,
  ipPeers,
  type ProxyEndpoint,
  proxyPodLabels,
} from './peers.ts';
import { publicInternetRules } from './public-internet.ts';

export interface ProxyPoliciesInput {
  proxy: ProxyEndpoint;
  /** Metadata that both policies share: namespace, labels, owner. */
  metadata: DesiredObject['metadata'];
  productNamespace: string;
  /** Namespaces that the proxy serves, in enforce and observe mode. */
  servedNamespaces: readonly string[];
  /** Clients that are not pods, from the ClusterEgressRuleSets. */
  clientCIDRs: readonly string[];
  dns: DnsFacts;
  apiServer: readonly ApiServerEndpoint[];
  podCIDRs: readonly string[];
  serviceCIDRs: readonly string[];
  nodeCIDRs: readonly string[];
  privateCIDRs: readonly string[];
  /** Prefixes of the operator's own NAT64. */
  nat64Prefixes: readonly string[];
  /** Addresses to which the upstreams' hosts resolve now. */
  upstreams: readonly ApiServerEndpoint[];
  /** The agent's ports: telemetry for probes and scrapers, the API for the controller and the dashboard. */
  agentPorts: {
    telemetry: number;
    api: number;
    goAccess: number;
    clientDns: number;
    clientDnsTelemetry: number;
  };
  /** Whether the proxy's pods have a nameserver for their clients. */
  clientDns: boolean;
  /** Ranges from which the GoAccess page may be opened. A port-forward needs none: it comes through the kubelet. */
  goAccessClients: readonly string[];
}

/** The policies of a proxy's pods: their clients, and their own egress. */
export function renderProxyPolicies(input: ProxyPoliciesInput): NetworkPolicy[] {
  return [ingressPolicy(input), egressPolicy(input)];
}

function policy(input: ProxyPoliciesInput, suffix: string, spec: NetworkPolicy['spec']): NetworkPolicy {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { ...input.metadata, name: `${input.proxy.name}-${suffix}` },
    spec: { podSelector: { matchLabels: proxyPodLabels(input.proxy) }, ...spec },
  };
}

/** Namespaces of Prometheus, which the operator labels. */
const scrapers = { namespaceSelector: { matchLabels: { [label.scrape]: 'true' } } };

function ingressPolicy(input: ProxyPoliciesInput): NetworkPolicy {
  const { api, goAccess, clientDnsTelemetry } = input.agentPorts;
  const telemetry = () => [
    tcp(input.agentPorts.telemetry),
    ...(input.clientDns ? [tcp(clientDnsTelemetry)] : []),
  ];
  const nodes = ipPeers(input.nodeCIDRs);
  const own = { namespaceSelector: { matchLabels: { [NAMESPACE_NAME_LABEL]: input.productNamespace } } };
  return policy(input, 'ingress', {
    policyTypes: ['Ingress'],
    ingress: [
      ...fromServed(input),
      ...fromBlocks(ipPeers(input.clientCIDRs), [tcp(input.proxy.port)]),
      // The kubelet's probes, for a CNI that does not let them through by itself.
      ...fromBlocks(nodes, [tcp(input.proxy.port), ...telemetry()]),
      { from: [own], ports: [...telemetry(), tcp(api)] },
      { from: [scrapers], ports: telemetry() },
      ...fromBlocks(ipPeers(input.goAccessClients), [tcp(goAccess)]),
    ],
  });
}

function egressPolicy(input: ProxyPoliciesInput): NetworkPolicy {
  const { podCIDRs, serviceCIDRs, nodeCIDRs, privateCIDRs: opened, nat64Prefixes } = input;
  const cluster = [...podCIDRs, ...serviceCIDRs, ...nodeCIDRs];
  return policy(input, 'egress', {
    policyTypes: ['Egress'],
    egress: [
      ...dnsRules(input.dns),
      ...apiServerRules([...input.apiServer, ...input.upstreams]),
      ...publicInternetRules({ cluster, opened, nat64Prefixes }),
    ],
  });
}

function fromServed({ servedNamespaces, proxy, clientDns, agentPorts }: ProxyPoliciesInput): IngressRule[] {
  const values = [...new Set(servedNamespaces)].sort();
  if (values.length === 0) return [];
  const namespaceSelector = {
    matchExpressions: [{ key: NAMESPACE_NAME_LABEL, operator: 'In' as const, values }],
  };
  const ports = [tcp(proxy.port), ...(clientDns ? dnsPorts(agentPorts.clientDns) : [])];
  return [{ from: [{ namespaceSelector }], ports }];
}

function fromBlocks(from: NonNullable<IngressRule['from']>, ports: NetworkPolicyPort[]): IngressRule[] {
  return from.length === 0 ? [] : [{ from, ports }];
}

function tcp(port: number): NetworkPolicyPort {
  return { protocol: 'TCP', port };
}
