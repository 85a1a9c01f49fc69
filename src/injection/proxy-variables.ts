import type { EgressProxy } from '../api/index.ts';
import { buildClientDns, type ClientDns } from './client-dns.ts';
import type { Variable } from './container-env.ts';
import { type JavaSettings, TOOL_OPTIONS } from './java-options.ts';
import type { InjectedNoProxy } from './no-proxy.ts';
import { lowerCaseNoProxy } from './no-proxy-entry.ts';
import { proxyAddress, proxyUrl, serviceHost } from './proxy-address.ts';
import { proxyReference } from './proxy-catalog.ts';
import { buildTransparent, type Transparent } from './transparent.ts';
import { trustVariables } from './trust-bundle.ts';

/** What is injected into the pods of one namespace. Built once, since it is the same for all of them. */
export interface ProxyVariables {
  /** `<namespace>.<name>` of the EgressProxy. */
  proxy: string;
  url: string;
  /** In the order of env. */
  variables: readonly Variable[];
  /** Undefined unless `clientEnv.java` is set. */
  java: JavaSettings | undefined;
  /** Variables that name the trust bundle; undefined without one. */
  trust: readonly Variable[] | undefined;
  /** For programs without proxy support; undefined unless `clientEnv.transparent` is set. */
  transparent: Transparent | undefined;
  /** The nameservers in place of the cluster's DNS; undefined unless `dns` closes or reports names. */
  dns: ClientDns | undefined;
  /** Host names of the proxy for the pods' hostAliases: no pod asks its DNS for them. */
  aliases: { names: readonly string[]; address: string | undefined };
}

interface InjectedNamespace {
  metadata: { name: string; labels?: Record<string, string>; annotations?: Record<string, string> };
}

/**
 * `serviceAddress`: the ClusterIP of the proxy's Service that the EgressProxy pins, of the family that every pod of the
 * cluster has; undefined while it is unknown.
 */
export function buildProxyVariables(
  proxy: EgressProxy,
  noProxy: InjectedNoProxy,
  serviceAddress: string | undefined,
  namespace: InjectedNamespace = { metadata: { name: 'default' } },
): ProxyVariables {
  const namespaceLabels = namespace.metadata.labels ?? {};
  const { aliases = [], clientEnv = {} } = proxy.spec;
  const address = proxyAddress(proxy, serviceAddress);
  const url = proxyUrl(address);
  const variables: Variable[] = [
    bothSpellings('HTTP_PROXY', url),
    bothSpellings('HTTPS_PROXY', url),
    [
      { name: 'NO_PROXY', value: noProxy.value },
      { name: 'no_proxy', value: lowerCaseNoProxy(noProxy.value) },
    ],
  ];
  if (clientEnv.node) variables.push([{ name: 'NODE_USE_ENV_PROXY', value: '1' }]);
  return {
    proxy: proxyReference(proxy),
    url,
    variables,
    java: clientEnv.java ? { variable: clientEnv.javaVariable ?? TOOL_OPTIONS, address, noProxy } : undefined,
    trust: trustVariables(proxy),
    transparent: buildTransparent({ proxy, url, noProxy: noProxy.value, namespaceLabels }),
    dns: buildClientDns(proxy, namespace),
    aliases: { names: [...new Set([...aliases, serviceHost(proxy)])], address: serviceAddress },
  };
}

/** curl reads only http_proxy, others only HTTP_PROXY. */
function bothSpellings(name: string, value: string): Variable {
  return [
    { name, value },
    { name: name.toLowerCase(), value },
  ];
}
