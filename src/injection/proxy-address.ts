import type { EgressProxy } from '../api/index.ts';

const DEFAULT_PORT = 3128;
export const DEFAULT_CLUSTER_DOMAIN = 'cluster.local';

export interface ProxyAddress {
  host: string;
  port: number;
}

/**
 * Where clients reach the proxy: the alias named by `injectAlias`, else the Service. An alias resolves through the
 * pod's hostAliases, which need the Service's address: while it is unknown, the name of the Service is used.
 */
export function proxyAddress(proxy: EgressProxy, serviceAddress: string | undefined): ProxyAddress {
  const { injectAlias, port = DEFAULT_PORT } = proxy.spec;
  const aliased = injectAlias !== undefined && injectAlias !== '' && serviceAddress !== undefined;
  return { host: aliased ? injectAlias : serviceHost(proxy), port };
}

/** DNS name of the proxy's Service in the cluster. */
export function serviceHost({ metadata, status }: EgressProxy): string {
  const domain = status?.discovered?.clusterDomain ?? DEFAULT_CLUSTER_DOMAIN;
  return `${metadata.name}.${metadata.namespace}.svc.${domain}`;
}

/** Value of HTTP_PROXY, HTTPS_PROXY and `status.url`. The scheme is that of the connection to the proxy. */
export function proxyUrl({ host, port }: ProxyAddress): string {
  return `http://${host}:${port}`;
}
