import type { ClusterSettings, Discovered, ServiceRangeSource } from '../../api/index.ts';
import type { EndpointSlice } from '../../kube/index.ts';
import { aggregate, networkList } from '../../rules/index.ts';
import type { FoundDnsService } from './dns-service.ts';
import { DEFAULT_CLUSTER_DOMAIN } from './resolv-conf.ts';

/** The fields of a Node that are discovered. */
export interface NodeView {
  podCIDRs: readonly string[];
  addresses: readonly string[];
}

export type SliceView = Pick<EndpointSlice, 'endpoints' | 'ports'>;

/** The facts as they were read. */
export interface DiscoveryInput {
  /** The facts that the operator sets. They replace what is found. */
  given: ClusterSettings;
  /** The domain of resolv.conf. */
  foundDomain: string | undefined;
  nodes: readonly NodeView[];
  serviceRanges: readonly string[];
  serviceRangesFrom: ServiceRangeSource;
  /** The EndpointSlices of `kubernetes` in `default`. */
  apiServerSlices: readonly SliceView[];
  /** The ClusterIPs of `kubernetes` in `default`. */
  apiServerClusterIPs: readonly string[];
  dnsService: FoundDnsService | undefined;
}

/** The facts of the cluster that agents, webhook and policies need. Sorted, so that they change only with the cluster. */
export function discover(input: DiscoveryInput): Discovered {
  const { nodes, given, dnsService } = input;
  const podRanges = choose(given.podCIDRs, () => nodes.flatMap(({ podCIDRs }) => podCIDRs));
  const nodeRanges = choose(given.nodeCIDRs, () => nodes.flatMap(({ addresses }) => addresses));
  const serviceRanges = choose(given.serviceCIDRs, () => input.serviceRanges);
  const domainFrom =
    given.clusterDomain !== undefined ? 'Spec' : input.foundDomain !== undefined ? 'ResolvConf' : 'Default';
  return {
    clusterDomain: given.clusterDomain ?? input.foundDomain ?? DEFAULT_CLUSTER_DOMAIN,
    podCIDRs: podRanges.ranges,
    serviceCIDRs: serviceRanges.ranges,
    nodeCIDRs: nodeRanges.ranges,
    apiServer: endpointsOf(input.apiServerSlices),
    apiServerClusterIPs: [...input.apiServerClusterIPs].sort(),
    ...(dnsService && { dnsService: dnsService.service }),
    sources: {
      clusterDomain: domainFrom,
      podCIDRs: podRanges.isGiven ? 'Spec' : 'Nodes',
      serviceCIDRs: serviceRanges.isGiven ? 'Spec' : input.serviceRangesFrom,
      nodeCIDRs: nodeRanges.isGiven ? 'Spec' : 'Nodes',
      ...(dnsService && { dnsService: dnsService.source }),
    },
  };
}

/** The ranges that the operator sets, or else those that are found. An empty list sets nothing. */
function choose(
  given: readonly string[] | undefined,
  find: () => readonly string[],
): { ranges: string[]; isGiven: boolean } {
  const isGiven = given !== undefined && given.length > 0;
  return { ranges: aggregated(isGiven ? given : find()), isGiven };
}

function aggregated(texts: Iterable<string>): string[] {
  return aggregate(networkList(texts)).map(({ text }) => text);
}

/** The endpoints of a Service, each pair of address and port once. */
export function endpointsOf(slices: readonly SliceView[]): { address: string; port: number }[] {
  const pairs = slices.flatMap(({ endpoints, ports }) => {
    const addresses = (endpoints ?? []).flatMap((endpoint) => endpoint.addresses);
    const numbers = (ports ?? []).flatMap(({ port }) => port ?? []);
    return addresses.flatMap((address) => numbers.map((port) => ({ address, port })));
  });
  const byText = new Map(pairs.map((pair) => [`${pair.address} ${pair.port}`, pair]));
  return [...byText.keys()].sort().flatMap((text) => byText.get(text) ?? []);
}
