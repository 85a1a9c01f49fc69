import { BY_NAMESPACE } from '../../cluster/index.ts';
import { detectWideningPolicies, type WideningPolicy } from '../../enforcement/index.ts';
import type { KubeObject } from '../../kube/index.ts';
import type { Deps } from '../deps.ts';
import { isLabelled, type ServedBy } from '../namespace-policies/apply-policies.ts';
import { closesDns, isStrict } from '../namespace-policies/plan-policy.ts';

/** Our label alone is not enough: before the guards were installed everyone could set it. */
function isOwnPolicy(policy: KubeObject): boolean {
  const { ownerReferences = [] } = policy.metadata as { ownerReferences?: { kind: string }[] };
  const isProxys = ownerReferences.some(({ kind }) => kind === 'EgressProxy');
  return isLabelled(policy) && (isProxys || ownerReferences.length === 0);
}

/** The policies of a namespace that are not ours and open what its own policy closes. */
export function findWideningPolicies(
  { namespace: { metadata }, served }: Pick<ServedBy, 'namespace' | 'served'>,
  { reflectors, facts }: Pick<Deps, 'reflectors' | 'facts'>,
): WideningPolicy[] {
  const policies = reflectors.networkPolicies.store.byIndex(BY_NAMESPACE, metadata.name);
  // A policy that opens pods of the cluster may open those of the cluster's DNS.
  const strict = isStrict(served, metadata.annotations) || closesDns(served);
  const own = new Set(policies.filter(isOwnPolicy).map(({ metadata }) => metadata.name));
  const specified = policies.flatMap(({ metadata, spec }) => (spec ? [{ metadata, spec }] : []));
  return detectWideningPolicies(specified as Parameters<typeof detectWideningPolicies>[0], {
    own,
    podCIDRs: facts.discovered.podCIDRs ?? [],
    strict,
  });
}
