/** Injection: which pods are clients of a proxy, their variables, NO_PROXY, and the JSON patch. Pure. */

export {
  buildClientDns,
  type ClientDns,
  type DnsMode,
  dnsMode,
  isResolved,
  resolvedNames,
} from './client-dns.ts';
export { type Injected, isMissingVariables, readInjected } from './injected-annotation.ts';
export { diffToPatch } from './json-patch.ts';
export { neededSuffixes, type RuleSetSuffixes, suffixesOf } from './needed-suffixes.ts';
export {
  computeClusterNoProxy,
  computeNoProxy,
  type InjectedNoProxy,
  type LeftOut,
  type NoProxy,
  type NoProxyInput,
  shortestFirst,
} from './no-proxy.ts';
export { readAnnotation } from './no-proxy-annotation.ts';
export type { LeftOutReason } from './no-proxy-entry.ts';
export type { InjectionPlan, InjectionRequest } from './plan-injection.ts';
export { planInjection } from './plan-injection.ts';
export type { Pod as PodView } from './pod.ts';
export { peersOf } from './pod-peers.ts';
export { type ProxyAddress, proxyAddress, proxyUrl, serviceHost } from './proxy-address.ts';
export { catalogProxies, isDefaultProxy, type ProxyCatalog, proxyReference } from './proxy-catalog.ts';
export { buildProxyVariables, type ProxyVariables } from './proxy-variables.ts';
export {
  type ActiveMode,
  isOwnPod,
  type NamespaceView,
  podExclusion,
  resolveMode,
  type ServedNamespace,
  servingProxy,
} from './served-namespace.ts';
export { tlsServerNameOf } from './tls-server-name.ts';
export { explainForbidden, FORWARD_CONTAINER, REDIRECT_CONTAINER } from './transparent.ts';
export { TRUST_CONFIG_MAP, trustFile } from './trust-bundle.ts';
export { unservable, unservableBecause } from './unservable-pod.ts';
