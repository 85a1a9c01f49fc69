import type { EgressProxy } from '../api/index.ts';
import type { Variable } from './container-env.ts';
import { type ProxyAddress, proxyAddress, proxyUrl } from './proxy-address.ts';
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
  /** For the JVM, which reads no proxy variable; undefined unless `clientEnv.java` is set. */
  java: { address: ProxyAddress; noProxy: string } | undefined;
  /** Variables that name the trust bundle; undefined without one. */
  trust: readonly Variable[] | undefined;
  /** For programs without proxy support; undefined unless `clientEnv.transparent` is set. */
  transparent: Transparent | undefined;
  aliases: { names: readonly string[]; address: string | undefined };
}

/** `serviceAddress`: ClusterIP of the proxy's Service, to which aliases resolve; undefined while it is unknown. */
export function buildProxyVariables(
  proxy: EgressProxy,
  noProxy: string,
  serviceAddress: string | undefined,
  namespaceLabels: Readonly<Record<string, string>> = {},
): ProxyVariables {
  const { aliases = [], clientEnv = {} } = proxy.spec;
  const address = proxyAddress(proxy, serviceAddress);
  const url = proxyUrl(address);
  const variables: Variable[] = [
    bothSpellings('HTTP_PROXY', url),
    bothSpellings('HTTPS_PROXY', url),
    bothSpellings('NO_PROXY', noProxy),
  ];
  if (clientEnv.node) variables.push([{ name: 'NODE_USE_ENV_PROXY', value: '1' }]);
  return {
    proxy: proxyReference(proxy),
    url,
    variables,
    java: clientEnv.java ? { address, noProxy } : undefined,
    trust: trustVariables(proxy),
    transparent: buildTransparent({ proxy, url: reachedFromPod(proxy), noProxy, namespaceLabels }),
    aliases: { names: aliases, address: serviceAddress },
  };
}

/** The URL for the forwarder: with the Service's name, since it does not read the hostAliases of the pod. */
function reachedFromPod(proxy: EgressProxy): string {
  return proxyUrl(proxyAddress(proxy, undefined));
}

/** curl reads only http_proxy, others only HTTP_PROXY. */
function bothSpellings(name: string, value: string): Variable {
  return [
    { name, value },
    { name: name.toLowerCase(), value },
  ];
}
