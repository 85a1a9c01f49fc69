import { type EgressProxy, label, MANAGER } from '../../api/index.ts';
import { BY_NAMESPACE, type CachedNamespace } from '../../cluster/index.ts';
import { detectWideningPolicies, ruleSetOfPolicyName, type WideningPolicy } from '../../enforcement/index.ts';
import type { ServedNamespace } from '../../injection/index.ts';
import type { KubeObject } from '../../kube/index.ts';
import { isNamespacePolicy } from '../cache/proxy-objects.ts';
import type { Deps } from '../deps.ts';
import { type AppliedObjects, applyObjects, idOf, planObjects } from '../objects/index.ts';
import { planNamespacePolicies } from './plan-policy.ts';

export interface ServedBy {
  namespace: CachedNamespace;
  served: ServedNamespace;
  /** EgressProxies that pods of the namespace still use. */
  former: readonly EgressProxy[];
}

/** Applies the policy that closes a namespace. The policies of direct targets have their own controller. */
export function applyPolicies(
  { namespace, served, former }: ServedBy,
  { client, reflectors, facts }: Pick<Deps, 'client' | 'reflectors' | 'facts'>,
  signal: AbortSignal,
): Promise<AppliedObjects> {
  const { name } = namespace.metadata;
  const existing: KubeObject[] = reflectors.networkPolicies.store.byIndex(BY_NAMESPACE, name);
  const { apiServer = [] } = facts.discovered;
  const actions = planObjects({
    desired: planNamespacePolicies({ namespace, served, former, dns: facts.dns, apiServer }),
    observed: new Map(existing.map((policy) => [idOf(policy), policy])),
    owned: existing.filter((policy) => isLabelled(policy) && closes(policy)),
  });
  return applyObjects(client, actions, signal);
}

/** Whether the policy has our label. One that was only handed over to us is not deleted. */
function isLabelled({ metadata }: KubeObject): boolean {
  return metadata.labels?.[label.managedBy] === MANAGER;
}

function closes(policy: KubeObject): boolean {
  return isNamespacePolicy(policy) && ruleSetOfPolicyName(policy.metadata.name) === undefined;
}

/** The policies of a namespace that are not ours and open egress past the cluster. */
export function findWideningPolicies(
  namespace: string,
  { reflectors, facts }: Pick<Deps, 'reflectors' | 'facts'>,
): WideningPolicy[] {
  const policies = reflectors.networkPolicies.store.byIndex(BY_NAMESPACE, namespace);
  const own = new Set(policies.filter(isLabelled).map(({ metadata }) => metadata.name));
  const specified = policies.flatMap(({ metadata, spec }) => (spec ? [{ metadata, spec }] : []));
  return detectWideningPolicies(specified as Parameters<typeof detectWideningPolicies>[0], {
    own,
    podCIDRs: facts.discovered.podCIDRs ?? [],
  });
}
