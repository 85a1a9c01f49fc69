import { label } from '../api/index.ts';
import { networkList, readNetwork } from '../rules/index.ts';
import { compareText, type EgressRule, type NetworkPolicyPeer, namespacePeer } from './network-policy.ts';

/** An EgressProxy as its clients' policies see it. */
export interface ProxyEndpoint {
  namespace: string;
  name: string;
  port: number;
}

export interface ApiServerEndpoint {
  address: string;
  port: number;
}

/** Labels by which policies and the Service select a proxy's pods. A guard keeps other pods from having them. */
export function proxyPodLabels({ namespace, name }: Omit<ProxyEndpoint, 'port'>): Record<string, string> {
  return { [label.component]: 'proxy', [label.ownerProxy]: `${namespace}.${name}` };
}

/** Opens the proxy's pods on the proxy's port, and none of their other ports. */
export function proxyRule(proxy: ProxyEndpoint): EgressRule {
  return {
    to: [namespacePeer(proxy.namespace, proxyPodLabels(proxy))],
    ports: [{ protocol: 'TCP', port: proxy.port }],
  };
}

/**
 * Opens every pod of the cluster. By selector and never by the Service range: a policy is applied after a Service's
 * address has been translated, and a Service without a selector may lead anywhere.
 */
export function inClusterRule(): EgressRule {
  return { to: [{ namespaceSelector: {} }] };
}

export interface HostNetworkPorts {
  nodeCIDRs: readonly string[];
  ports: readonly number[];
}

/** Opens ports of the nodes, over TCP and UDP: a pod on the host network has its node's address, which no selector reaches. */
export function hostNetworkRules(
  { nodeCIDRs, ports }: HostNetworkPorts = { nodeCIDRs: [], ports: [] },
): EgressRule[] {
  const to = ipPeers(nodeCIDRs);
  // Without peers or ports a rule would open everything.
  if (to.length === 0 || ports.length === 0) return [];
  const sorted = [...new Set(ports)].sort((a, b) => a - b);
  return [{ to, ports: ['TCP', 'UDP'].flatMap((protocol) => sorted.map((port) => ({ protocol, port }))) }];
}

/** Opens the endpoints of the Service `kubernetes`: mostly addresses of nodes, which no selector reaches. */
export function apiServerRules(endpoints: readonly ApiServerEndpoint[]): EgressRule[] {
  return endpointRules(endpoints.map(({ address, port }) => ({ cidr: address, port, protocol: 'TCP' })));
}

/** Opens ports of addresses or ranges, each once and sorted. A malformed range is left out. */
export function endpointRules(
  endpoints: readonly { cidr: string; port: number; protocol: 'TCP' | 'UDP' }[],
): EgressRule[] {
  const rules = new Map<string, EgressRule>();
  for (const { cidr: text, port, protocol } of endpoints) {
    const cidr = readNetwork(text)?.text;
    if (cidr === undefined) continue;
    rules.set(`${cidr} ${protocol} ${port}`, { to: [{ ipBlock: { cidr } }], ports: [{ protocol, port }] });
  }
  return [...rules].sort(([a], [b]) => compareText(a, b)).map(([, rule]) => rule);
}

/** Addresses and ranges as peers, each once and sorted. A malformed one is left out. */
export function ipPeers(texts: readonly string[]): NetworkPolicyPeer[] {
  return networkList(texts).map(({ text }) => ({ ipBlock: { cidr: text } }));
}
