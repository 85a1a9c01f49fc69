import type { ClusterEgressRuleSet, EgressProxy } from '../../api/index.ts';
import { proxyReference } from '../../injection/index.ts';
import { matchesSelector } from '../../rules/index.ts';
import type { ServedEntry } from '../follow/index.ts';

/** A proxy and the namespaces that it serves. */
export interface ProxyWithClients {
  proxy: EgressProxy;
  clients: readonly ServedEntry[];
}

/** The proxies that decide by a namespace's rule set: its own, and those where the union of all sets holds. */
export function proxiesOfRuleSet(
  /** `<namespace>.<name>` of the proxy that serves the set's namespace; undefined when none does. */
  serving: string | undefined,
  proxies: readonly ProxyWithClients[],
): EgressProxy[] {
  const serves = ({ proxy, clients }: ProxyWithClients) =>
    proxyReference(proxy) === serving || (proxy.spec.ruleSetScope === 'Cluster' && clients.length > 0);
  return proxies.filter(serves).map(({ proxy }) => proxy);
}

/** Those that serve a namespace which the set selects; a set for clients that are no pods is every proxy's. */
export function proxiesOfClusterRuleSet(
  { spec }: Pick<ClusterEgressRuleSet, 'spec'>,
  proxies: readonly ProxyWithClients[],
): EgressProxy[] {
  if ((spec.clientCIDRs ?? []).length > 0) return proxies.map(({ proxy }) => proxy);
  const selects = ({ namespace }: ServedEntry) =>
    matchesSelector(spec.namespaceSelector, namespace.metadata.labels);
  return proxies.filter(({ clients }) => clients.some(selects)).map(({ proxy }) => proxy);
}
