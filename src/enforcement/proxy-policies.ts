import { type DesiredObject, label } from '../api/index.ts';
import { type ApiServerEndpoint, apiServerRules } from './api-server-rules.ts';
import { cidrList } from './cidr.ts';
import { type DnsFacts, dnsRules } from './dns-rules.ts';
import {
  type IngressRule,
  NAMESPACE_NAME_LABEL,
  type NetworkPolicy,
  type NetworkPolicyPort,
} from './network-policy.ts';
import { type ProxyEndpoint, proxyPodLabels } from './proxy-rule.ts';
import { worldRules } from './world-rules.ts';

export interface ProxyPoliciesInput {
  proxy: ProxyEndpoint;
  /** What both objects have in common: namespace, labels, owner. */
  metadata: DesiredObject['metadata'];
  productNamespace: string;
  /** The namespaces that the proxy serves, in enforce and observe mode. */
  servedNamespaces: readonly string[];
  /** Clients that are no pods, from the ClusterEgressRuleSets. */
  clientCIDRs: readonly string[];
  dns: DnsFacts;
  apiServer: readonly ApiServerEndpoint[];
  podCIDRs: readonly string[];
  serviceCIDRs: readonly string[];
  nodeCIDRs: readonly string[];
  privateCIDRs: readonly string[];
  /** The addresses that the upstreams' hosts resolve to now. */
  upstreams: readonly ApiServerEndpoint[];
  /** The agent's ports: telemetry for probes and scrapers, the API for controller and dashboard. */
  agentPorts: { telemetry: number; api: number; goAccess: number };
  /** Ranges from which GoAccess's page may be opened; port-forwards come by the kubelet. */
  goAccessClients: readonly string[];
}

/** Who may talk to a proxy's pods, and where these may go. */
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

/** Where Prometheus runs, as the operator has labelled it. */
const scrapers = { namespaceSelector: { matchLabels: { [label.scrape]: 'true' } } };

function ingressPolicy(input: ProxyPoliciesInput): NetworkPolicy {
  const { telemetry, api, goAccess } = input.agentPorts;
  const nodes = blocks(input.nodeCIDRs);
  const own = { namespaceSelector: { matchLabels: { [NAMESPACE_NAME_LABEL]: input.productNamespace } } };
  return policy(input, 'ingress', {
    policyTypes: ['Ingress'],
    ingress: [
      ...fromServed(input),
      ...fromBlocks(blocks(input.clientCIDRs), [tcp(input.proxy.port)]),
      // Where the kubelet probes from, for a CNI that does not let it through by itself.
      ...fromBlocks(nodes, [tcp(input.proxy.port), tcp(telemetry)]),
      { from: [own], ports: [tcp(telemetry), tcp(api)] },
      { from: [scrapers], ports: [tcp(telemetry)] },
      ...fromBlocks(blocks(input.goAccessClients), [tcp(goAccess)]),
    ],
  });
}

function egressPolicy(input: ProxyPoliciesInput): NetworkPolicy {
  const { podCIDRs, serviceCIDRs, nodeCIDRs, privateCIDRs } = input;
  return policy(input, 'egress', {
    policyTypes: ['Egress'],
    egress: [
      ...dnsRules(input.dns),
      ...apiServerRules([...input.apiServer, ...input.upstreams]),
      ...worldRules({ cluster: [...podCIDRs, ...serviceCIDRs, ...nodeCIDRs], opened: privateCIDRs }),
    ],
  });
}

function fromServed({ servedNamespaces, proxy }: ProxyPoliciesInput): IngressRule[] {
  const values = [...new Set(servedNamespaces)].sort();
  if (values.length === 0) return [];
  const namespaceSelector = {
    matchExpressions: [{ key: NAMESPACE_NAME_LABEL, operator: 'In' as const, values }],
  };
  return [{ from: [{ namespaceSelector }], ports: [tcp(proxy.port)] }];
}

function fromBlocks(from: NonNullable<IngressRule['from']>, ports: NetworkPolicyPort[]): IngressRule[] {
  return from.length === 0 ? [] : [{ from, ports }];
}

function blocks(cidrs: readonly string[]) {
  return cidrList([...cidrs]).map((cidr) => ({ ipBlock: { cidr } }));
}

function tcp(port: number): NetworkPolicyPort {
  return { protocol: 'TCP', port };
}
