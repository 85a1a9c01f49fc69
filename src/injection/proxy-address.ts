import type { EgressProxy } from '../api/index.ts';

const DEFAULT_PORT = 3128;
export const DEFAULT_CLUSTER_DOMAIN = 'cluster.local';

export interface ProxyAddress {
  host: string;
  port: number;
}

/**
 * Where clients reach the proxy: the alias that `injectAlias` names, else the Service. An alias resolves through
 * the pod's own hostAliases, which need the Service's address: as long as that is unknown the Service's name stands.
 */
export function proxyAddress(proxy: EgressProxy, serviceAddress: string | undefined): ProxyAddress {
  const { injectAlias, port = DEFAULT_PORT } = proxy.spec;
  const aliased = injectAlias !== undefined && injectAlias !== '' && serviceAddress !== undefined;
  return { host: aliased ? injectAlias : serviceHost(proxy), port };
}

/** The name of the proxy's Service in the cluster's DNS. */
export function serviceHost({ metadata, status }: EgressProxy): string {
  const domain = status?.discovered?.clusterDomain ?? DEFAULT_CLUSTER_DOMAIN;
  return `${metadata.name}.${metadata.namespace}.svc.${domain}`;
}

/** What HTTP_PROXY says, and `status.url`. The scheme is that of the way to the proxy, for HTTPS_PROXY too. */
export function proxyUrl({ host, port }: ProxyAddress): string {
  return `http://${host}:${port}`;
}
