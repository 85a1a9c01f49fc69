import { cidrOf } from './cidr.ts';
import { compareText, type EgressRule, type NetworkPolicyPort, namespacePeer } from './network-policy.ts';

/** One DNS Service of the cluster, as its selector and its EndpointSlices show it. */
export interface DnsService {
  namespace: string;
  /** The Service's selector; absent for a Service whose endpoints are no pods. */
  podSelector?: Record<string, string> | undefined;
  /** The endpoints' own ports: a policy is judged after the Service's address has been translated. */
  ports: { protocol: 'UDP' | 'TCP'; port: number }[];
  /** The endpoints' addresses, where no selector says which pods they are. */
  addresses?: string[] | undefined;
}

export interface DnsFacts {
  services: DnsService[];
  /** The addresses on which NodeLocal DNSCache listens on each node, such as 169.254.20.10; empty without it. */
  nodeLocal: string[];
}

const DNS_PORTS: NetworkPolicyPort[] = [
  { protocol: 'TCP', port: 53 },
  { protocol: 'UDP', port: 53 },
];

/** Where names are resolved: the pods behind the DNS Service, and each node's cache. */
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

function ipPeers(addresses: readonly string[]) {
  const cidrs = addresses.map(cidrOf).filter((cidr) => cidr !== undefined);
  return [...new Set(cidrs)].sort().map((cidr) => ({ ipBlock: { cidr } }));
}
