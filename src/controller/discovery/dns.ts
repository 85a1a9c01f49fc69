import ipaddr from 'ipaddr.js';
import type { DnsFacts, DnsService } from '../../enforcement/index.ts';
import type { SliceView } from './discover.ts';

export interface DnsInput {
  /** Namespace of the DNS Service; undefined if there is none. */
  namespace: string | undefined;
  podSelector: Record<string, string> | undefined;
  slices: readonly SliceView[];
  /** The Corefile of NodeLocal DNSCache; undefined if it is not installed. */
  nodeLocalConfig: string | undefined;
}

/** The servers that resolve names. */
export function discoverDns({ namespace, podSelector, slices, nodeLocalConfig }: DnsInput): DnsFacts {
  const ports = portsOf(slices);
  const addresses = slices.flatMap(({ endpoints }) =>
    (endpoints ?? []).flatMap(({ addresses: found }) => found),
  );
  return {
    services: namespace === undefined || ports.length === 0 ? [] : [serviceOf(namespace)],
    nodeLocal: nodeLocalConfig === undefined ? [] : boundAddresses(nodeLocalConfig),
  };

  function serviceOf(of: string): DnsService {
    return podSelector === undefined
      ? { namespace: of, ports, addresses: [...new Set(addresses)].sort() }
      : { namespace: of, ports, podSelector };
  }
}

/** Names of ports that serve DNS: those of Kubernetes and OpenShift, and those of the chart that RKE2 uses. */
const DNS_PORT = /^(dns(-tcp|-udp)?|(udp|tcp)-53)$/;

/** The DNS ports, since the same pods serve metrics too. All ports if none has a usual name. */
function portsOf(slices: readonly SliceView[]): DnsService['ports'] {
  const all = slices.flatMap(({ ports }) => ports ?? []);
  const named = all.filter(({ name }) => name !== undefined && DNS_PORT.test(name));
  const chosen = (named.length > 0 ? named : all).flatMap(({ port, protocol }): DnsService['ports'] =>
    port === undefined || (protocol !== 'UDP' && protocol !== 'TCP') ? [] : [{ port, protocol }],
  );
  const byText = new Map(chosen.map((entry) => [`${entry.protocol} ${entry.port}`, entry]));
  return [...byText.keys()].sort().flatMap((text) => byText.get(text) ?? []);
}

/** Default address of NodeLocal DNSCache. */
const NODE_LOCAL_ADDRESS = '169.254.20.10';

/** The addresses of `bind`: the link-local one of the cache and, with kube-proxy in iptables mode, that of the Service. */
function boundAddresses(corefile: string): string[] {
  const bound = corefile
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([directive]) => directive === 'bind')
    .flatMap(([, ...addresses]) => addresses)
    // The published manifest has placeholders that the cache replaces when it starts.
    .filter((address) => ipaddr.isValid(address));
  return bound.length === 0 ? [NODE_LOCAL_ADDRESS] : [...new Set(bound)].sort();
}
