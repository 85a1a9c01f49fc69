import type { EgressProxy } from '../../api/index.ts';
import type { CachedNamespace } from '../../cluster/index.ts';
import { type ClusterNames, type RuleSetContext, readInSteps } from '../../rules/index.ts';
import { inTurns } from '../../time/index.ts';
import type { ClusterView } from '../cluster/index.ts';
import type { Verdict } from '../http/index.ts';

/**
 * What a rule set of the namespace is validated against. One in a namespace that has not opted in is validated for the
 * proxy that would serve it.
 */
export function contextOf(namespace: CachedNamespace | undefined, cluster: ClusterView): RuleSetContext {
  const { clusterRuleSets } = cluster;
  const hasTargetGroup = (name: string) => cluster.hasTargetGroup(name);
  if (namespace === undefined) return { clusterRuleSets, hasTargetGroup };
  const proxy = cluster.proxyOf(namespace);
  return {
    clusterRuleSets,
    hasTargetGroup,
    namespaceLabels: namespace.metadata.labels,
    proxies: proxy === undefined ? [] : [proxy.spec],
    cluster: clusterNames(proxy, cluster),
  };
}

/** Every EgressProxy has the same cluster domain in its status. */
export function clusterNames(proxy: EgressProxy | undefined, cluster: ClusterView): ClusterNames {
  return {
    hasNamespace: (name) => cluster.namespace(name) !== undefined,
    clusterDomain: proxy?.status?.discovered?.clusterDomain,
  };
}

/** The verdict on targets of a namespace: when the namespace is cached, and those that take long have been read. */
export function validateTargets(
  spec: unknown,
  { name, cluster }: { name: string; cluster: ClusterView },
  validate: (namespace: CachedNamespace | undefined) => Verdict,
): Verdict | Promise<Verdict> {
  const find = () => {
    const known = cluster.namespace(name);
    return known === undefined ? cluster.awaitNamespace(name).then(validate) : validate(known);
  };
  const steps = readInSteps(spec);
  // Nearly every set has none, and is validated without a promise.
  return steps.next().done ? find() : inTurns(steps).then(find);
}
