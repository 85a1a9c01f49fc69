import {
  compareText,
  type EgressRule,
  NAMESPACE_NAME_LABEL,
  type NetworkPolicyPeer,
  type NetworkPolicyPort,
  namespacePeer,
} from './network-policy.ts';
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

const DNS_PORT = 53;

/** A port over TCP and UDP. */
export function dnsPorts(port: number): NetworkPolicyPort[] {
  return [
    { protocol: 'TCP', port },
    { protocol: 'UDP', port },
  ];
}

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
  return addresses.length === 0 ? [] : [{ to: ipPeers(addresses), ports: dnsPorts(DNS_PORT) }];
}

/**
 * Opens every pod of the cluster but those of the DNS Services. A pod that has one of a Service's labels with another
 * value is open; the pod that has all of them is not.
 */
export function inClusterRuleWithoutDns({ services }: DnsFacts): EgressRule {
  const selected = services.filter(({ podSelector }) => podSelector !== undefined);
  const values = [...new Set(selected.map(({ namespace }) => namespace))].sort(compareText);
  if (values.length === 0) return { to: [{ namespaceSelector: {} }] };
  const elsewhere = {
    namespaceSelector: {
      matchExpressions: [{ key: NAMESPACE_NAME_LABEL, operator: 'NotIn' as const, values }],
    },
  };
  return { to: [elsewhere, ...values.flatMap((namespace) => otherPods(namespace, selected))] };
}

/** Peers for the pods of a namespace that no DNS Service selects. */
function otherPods(namespace: string, services: readonly DnsService[]): NetworkPolicyPeer[] {
  const selectors = services
    .filter((service) => service.namespace === namespace)
    .map(({ podSelector = {} }) => Object.entries(podSelector).sort(([a], [b]) => compareText(a, b)));
  // Not selected by the first, nor by the second, ...: each combination of one label of each selector.
  const combinations = selectors.reduce<[string, string][][]>(
    (all, labels) => all.flatMap((chosen) => labels.map((label) => [...chosen, label])),
    [[]],
  );
  return combinations.map((chosen) => ({
    namespaceSelector: { matchLabels: { [NAMESPACE_NAME_LABEL]: namespace } },
    podSelector: {
      matchExpressions: chosen.map(([key, value]) => ({ key, operator: 'NotIn' as const, values: [value] })),
    },
  }));
}
