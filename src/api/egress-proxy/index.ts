/** The kind EgressProxy, one file for each part of its spec. */
export type { ClusterSettings, ServiceName } from './cluster-settings.ts';
export type { Discovered, DnsServiceSource, ServiceRangeSource } from './discovered.ts';
export { type EgressProxy, egressProxyKind } from './egress-proxy.ts';
export type { EgressProxySpec } from './spec.ts';
export type { EgressProxyStatus } from './status.ts';
export type { Upstream, UpstreamStatus } from './upstream.ts';
