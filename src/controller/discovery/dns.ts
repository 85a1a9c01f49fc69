import ipaddr from 'ipaddr.js';
import type { DnsFacts, DnsService } from '../../enforcement/index.ts';
import type { SliceView } from './discover.ts';

export interface DnsInput {
  /** Namespace of the DNS Service. */
  namespace: string;
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
  const service: DnsService =
    podSelector === undefined
      ? { namespace, ports, addresses: [...new Set(addresses)].sort() }
      : { namespace, ports, podSelector };
  return {
    services: ports.length === 0 ? [] : [service],
    nodeLocal: nodeLocalConfig === undefined ? [] : boundAddresses(nodeLocalConfig),
  };
}

const NAME_PORTS = new Set(['dns', 'dns-tcp']);

/** The DNS ports, since the same pods serve metrics too. All ports if none has a usual name. */
function portsOf(slices: readonly SliceView[]): DnsService['ports'] {
  const all = slices.flatMap(({ ports }) => ports ?? []);
  const named = all.filter(({ name }) => name !== undefined && NAME_PORTS.has(name));
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
