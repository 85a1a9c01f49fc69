import { compareText, type EgressRule, type NetworkPolicyPort, namespacePeer } from './network-policy.ts';
import { ipPeers } from './peers.ts';

/** A DNS Service of the cluster, read from its selector and its EndpointSlices. */
export interface DnsService {
  namespace: string;
  /** The Service's selector; absent if its endpoints are not pods. */
  podSelector?: Record<string, string> | undefined;
  /** The endpoints' own ports: a policy is applied after the Service's address has been translated. */
  ports: { protocol: 'UDP' | 'TCP'; port: number }[];
  /** The endpoints' addresses, if there is no selector. */
  addresses?: string[] | undefined;
}

export interface DnsFacts {
  services: DnsService[];
  /** Addresses on which NodeLocal DNSCache listens, such as 169.254.20.10; empty without it. */
  nodeLocal: string[];
}

const DNS_PORTS: NetworkPolicyPort[] = [
  { protocol: 'TCP', port: 53 },
  { protocol: 'UDP', port: 53 },
];

/** Opens the pods of the DNS Services, and each node's DNS cache. */
export function dnsRules({ services, nodeLocal }: DnsFacts): EgressRule[] {
  const sorted = [...services].sort((a, b) => compareText(JSON.stringify(a), JSON.stringify(b)));
  return [...sorted.flatMap(serviceRule), ...nodeLocalRule(nodeLocal)];
}

function serviceRule({ namespace, podSelector, ports, addresses = [] }: DnsService): EgressRule[] {
  const to = podSelector === undefined ? ipPeers(addresses) : [namespacePeer(namespace, podSelector)];
  if (to.length === 0 || ports.length === 0) return [];
  const sorted = ports
    .map(({ protocol, port }) => ({ protocol, port }))
    .sort((a, b) => compareText(a.protocol, b.protocol) || a.port - b.port);
  return [{ to, ports: sorted }];
}

function nodeLocalRule(addresses: readonly string[]): EgressRule[] {
  return addresses.length === 0 ? [] : [{ to: ipPeers(addresses), ports: DNS_PORTS }];
}
