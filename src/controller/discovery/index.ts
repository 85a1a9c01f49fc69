/** Discovers the cluster: its domain, ranges, API server and DNS. */
export { readClusterDomain } from './cluster-domain.ts';
export { type DiscoveryInput, discover, endpointsOf, type NodeView, type SliceView } from './discover.ts';
export { type DnsInput, discoverDns } from './dns.ts';
export { probeServiceRange, rangesOf, servesServiceCidrs } from './service-ranges.ts';
