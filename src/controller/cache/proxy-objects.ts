import { BY_OWNER } from '../../cluster/index.ts';
import { NAMESPACE_POLICY } from '../../enforcement/index.ts';
import type { KubeObject } from '../../kube/index.ts';
import type { Deps } from '../deps.ts';

type Caches = Pick<Deps, 'reflectors' | 'proxyNamespaces'>;

/** The caches of the kinds that a proxy consists of, but for Services, which are trimmed. */
export function proxyKinds({ reflectors, proxyNamespaces }: Caches) {
  const { configMaps, serviceAccounts, deployments, podDisruptionBudgets, autoscalers, secrets } =
    proxyNamespaces.kinds;
  return [
    configMaps,
    serviceAccounts,
    deployments,
    podDisruptionBudgets,
    autoscalers,
    secrets,
    reflectors.networkPolicies,
  ] as const;
}

/**
 * The objects of a proxy, found by its owner label. The policies of the namespaces that it serves have the label too
 * and are not its own.
 */
export function ownedByProxy(caches: Caches, reference: string): KubeObject[] {
  const { services } = caches.reflectors;
  const ours = services.store.byIndex(BY_OWNER, reference).flatMap((service) => service.ours ?? []);
  const others = proxyKinds(caches).flatMap(({ store }): KubeObject[] => store.byIndex(BY_OWNER, reference));
  return [...ours, ...others].filter((object) => !isNamespacePolicy(object));
}

/** Whether a NetworkPolicy belongs to a served namespace and not to a proxy. */
export function isNamespacePolicy({ kind, metadata }: Pick<KubeObject, 'kind' | 'metadata'>): boolean {
  if (kind !== 'NetworkPolicy') return false;
  return metadata.name === NAMESPACE_POLICY || !('ownerReferences' in metadata);
}
