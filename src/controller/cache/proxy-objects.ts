import { BY_OWNER } from '../../cluster/index.ts';
import { NAMESPACE_POLICY } from '../../enforcement/index.ts';
import type { KubeObject } from '../../kube/index.ts';
import type { Reflectors } from './reflectors.ts';

/** The reflectors of the kinds that a proxy is made of, but for Services, which are trimmed. */
export function proxyKinds(reflectors: Reflectors) {
  const { configMaps, serviceAccounts, clusterRoleBindings, deployments, podDisruptionBudgets } = reflectors;
  const { autoscalers, secrets, networkPolicies } = reflectors;
  return [
    configMaps,
    serviceAccounts,
    clusterRoleBindings,
    deployments,
    podDisruptionBudgets,
    autoscalers,
    secrets,
    networkPolicies,
  ] as const;
}

/**
 * The objects of a proxy, found by its owner label. The policies of the namespaces that it serves have the label too
 * and are not its own.
 */
export function ownedByProxy(reflectors: Reflectors, reference: string): KubeObject[] {
  const services = reflectors.services.store.byIndex(BY_OWNER, reference).flatMap(({ ours }) => ours ?? []);
  const others = proxyKinds(reflectors).flatMap(({ store }): KubeObject[] =>
    store.byIndex(BY_OWNER, reference),
  );
  return [...services, ...others].filter((object) => !isNamespacePolicy(object));
}

/** Whether a NetworkPolicy belongs to a served namespace and not to a proxy. */
export function isNamespacePolicy({ kind, metadata }: Pick<KubeObject, 'kind' | 'metadata'>): boolean {
  if (kind !== 'NetworkPolicy') return false;
  return metadata.name === NAMESPACE_POLICY || !('ownerReferences' in metadata);
}
