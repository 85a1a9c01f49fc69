/** The kind EgressProxy, one file for each part of its spec. */
export type { ClusterSettings, ServiceName } from './cluster-settings.ts';
export type { Discovered, DnsServiceSource, ServiceRangeSource } from './discovered.ts';
export { type EgressProxy, egressProxyKind } from './egress-proxy.ts';
export { DEFAULT_TLS_SERVER_NAME, type EgressProxySpec, type TlsServerName } from './spec.ts';
export type { EgressProxyStatus } from './status.ts';
export type { Upstream, UpstreamStatus } from './upstream.ts';
