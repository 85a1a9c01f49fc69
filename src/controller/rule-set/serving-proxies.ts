import type { ClusterEgressRuleSet, EgressProxy } from '../../api/index.ts';
import type { CachedNamespace, ServedEntry } from '../../cluster/index.ts';
import { proxyReference } from '../../injection/index.ts';
import { matchesSelector } from '../../rules/index.ts';

/** A proxy and the namespaces that it serves. */
export interface ProxyWithClients {
  proxy: EgressProxy;
  clients: readonly ServedEntry<CachedNamespace>[];
}

/** The proxies that decide by the rule set of a namespace: the namespace's own, and those with `ruleSetScope: Cluster`. */
export function proxiesOfRuleSet(
  /** `<namespace>.<name>` of the proxy that serves the set's namespace; undefined if none does. */
  serving: string | undefined,
  proxies: readonly ProxyWithClients[],
): EgressProxy[] {
  const serves = ({ proxy, clients }: ProxyWithClients) =>
    proxyReference(proxy) === serving || (proxy.spec.ruleSetScope === 'Cluster' && clients.length > 0);
  return proxies.filter(serves).map(({ proxy }) => proxy);
}

/** The proxies that serve a namespace which the set selects; every proxy if the set has clientCIDRs. */
export function proxiesOfClusterRuleSet(
  { spec }: Pick<ClusterEgressRuleSet, 'spec'>,
  proxies: readonly ProxyWithClients[],
): EgressProxy[] {
  if ((spec.clientCIDRs ?? []).length > 0) return proxies.map(({ proxy }) => proxy);
  const selects = ({ namespace }: ServedEntry<CachedNamespace>) =>
    matchesSelector(spec.namespaceSelector, namespace.metadata.labels);
  return proxies.filter(({ clients }) => clients.some(selects)).map(({ proxy }) => proxy);
}
