import type { EgressProxy } from '../api/index.ts';
import type { Variable } from './container-env.ts';
import { type ProxyAddress, proxyAddress, proxyUrl } from './proxy-address.ts';
import { proxyReference } from './proxy-catalog.ts';
import { buildTransparent, type Transparent } from './transparent.ts';
import { trustVariables } from './trust-bundle.ts';

/** What the pods of one namespace get. The same for all of them, so that it is built once. */
export interface ProxyVariables {
  /** `<namespace>.<name>` of the EgressProxy. */
  proxy: string;
  url: string;
  /** First to last, as they stand in env. */
  variables: readonly Variable[];
  /** For the JVM, which reads no proxy variable; undefined where the operator does not want it. */
  java: { address: ProxyAddress; noProxy: string } | undefined;
  /** Where the programs find what they may trust; undefined where the operator gives nothing. */
  trust: readonly Variable[] | undefined;
  /** For programs that know no proxy; undefined where the operator does not want it. */
  transparent: Transparent | undefined;
  aliases: { names: readonly string[]; address: string | undefined };
}

/** `serviceAddress` is a ClusterIP of the proxy's Service, where its aliases lead; undefined as long as unknown. */
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

/** The forwarder reads no hostAliases that an alias might need: always the Service's name. */
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
