/** Discovers the cluster: its domain, ranges, API server and DNS. */
export { checkFacts, type FactProblem } from './check-facts.ts';
export { type DiscoveryInput, discover, endpointsOf, type NodeView, type SliceView } from './discover.ts';
export { type DnsInput, discoverDns } from './dns.ts';
export {
  type DnsServiceHints,
  type FoundDnsService,
  findDnsService,
  mayBeDnsService,
} from './dns-service.ts';
export { readClusterDomain, readNameservers } from './resolv-conf.ts';
export { probeServiceRange, rangesOf, servesServiceCidrs } from './service-ranges.ts';
