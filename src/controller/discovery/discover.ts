import type { Discovered } from '../../api/index.ts';
import type { EndpointSlice } from '../../kube/index.ts';
import { aggregate, networkList } from '../../rules/index.ts';
import { DEFAULT_CLUSTER_DOMAIN } from './cluster-domain.ts';

/** The fields of a Node that are discovered. */
export interface NodeView {
  podCIDRs: readonly string[];
  addresses: readonly string[];
}

export type SliceView = Pick<EndpointSlice, 'endpoints' | 'ports'>;

/** The facts as they were read. */
export interface DiscoveryInput {
  /** The domain that the operator sets. */
  givenDomain: string | undefined;
  /** The domain of resolv.conf. */
  foundDomain: string | undefined;
  nodes: readonly NodeView[];
  serviceRanges: readonly string[];
  /** The EndpointSlices of `kubernetes` in `default`. */
  apiServerSlices: readonly SliceView[];
  /** The ClusterIPs of `kubernetes` in `default`. */
  apiServerClusterIPs: readonly string[];
}

/** The facts of the cluster that agents, webhook and policies need. Sorted, so that they change only with the cluster. */
export function discover(input: DiscoveryInput): Discovered {
  const { nodes } = input;
  return {
    clusterDomain: input.givenDomain ?? input.foundDomain ?? DEFAULT_CLUSTER_DOMAIN,
    podCIDRs: aggregated(nodes.flatMap(({ podCIDRs }) => podCIDRs)),
    serviceCIDRs: aggregated(input.serviceRanges),
    nodeCIDRs: aggregated(nodes.flatMap(({ addresses }) => addresses)),
    apiServer: endpointsOf(input.apiServerSlices),
    apiServerClusterIPs: [...input.apiServerClusterIPs].sort(),
  };
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
