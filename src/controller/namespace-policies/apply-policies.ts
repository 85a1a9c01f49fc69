import { type EgressProxy, label, MANAGER } from '../../api/index.ts';
import { BY_NAMESPACE, type CachedNamespace } from '../../cluster/index.ts';
import { ruleSetOfPolicyName } from '../../enforcement/index.ts';
import type { ServedNamespace } from '../../injection/index.ts';
import type { KubeObject } from '../../kube/index.ts';
import { isNamespacePolicy } from '../cache/proxy-objects.ts';
import type { Deps } from '../deps.ts';
import { type AppliedObjects, applyObjects, idOf, type ObjectAction, planObjects } from '../objects/index.ts';
import { chooseName, planNamespacePolicies } from './plan-policy.ts';

export interface ServedBy {
  namespace: CachedNamespace;
  served: ServedNamespace;
  /** EgressProxies that pods of the namespace still use. */
  former: readonly EgressProxy[];
}

export interface AppliedPolicies extends AppliedObjects {
  /** Name of the policy that closes the namespace instead of those in `conflicts`; undefined without a conflict. */
  replacement: string | undefined;
}

/** How often another name is tried in one reconciliation, for policies that the cache has not seen yet. */
const NAMES_TRIED = 5;

/**
 * Applies the policy that closes a namespace. The policies of direct targets have their own controller. If a policy that
 * is not ours has the name, ours gets another one.
 */
export async function applyPolicies(
  served: ServedBy,
  deps: Pick<Deps, 'client' | 'reflectors' | 'facts'>,
  signal: AbortSignal,
): Promise<AppliedPolicies> {
  const { name } = served.namespace.metadata;
  let existing: KubeObject[] = deps.reflectors.networkPolicies.store.byIndex(BY_NAMESPACE, name);
  for (let tried = 1; ; tried += 1) {
    const outcome = await applyOnce(served, existing, deps, signal);
    if (outcome.conflicts.length === 0 || outcome.replacement !== undefined || tried === NAMES_TRIED)
      return outcome;
    existing = [...existing, ...outcome.conflicts];
  }
}

async function applyOnce(
  { namespace, served, former }: ServedBy,
  existing: readonly KubeObject[],
  { client, facts }: Pick<Deps, 'client' | 'facts'>,
  signal: AbortSignal,
): Promise<AppliedPolicies> {
  const { apiServer = [], nodeCIDRs = [] } = facts.discovered;
  const { name, conflicts } = chooseName(existing);
  const desired = planNamespacePolicies({
    namespace,
    name,
    served,
    former,
    dns: facts.dns,
    apiServer,
    nodeCIDRs,
  });
  const actions = planObjects({
    desired,
    observed: new Map(existing.map((policy) => [idOf(policy), policy])),
    owned: existing.filter((policy) => isLabelled(policy) && closes(policy)),
  });
  const isDelete = ({ type }: ObjectAction) => type === 'delete';
  const applied = await applyObjects(
    client,
    actions.filter((action) => !isDelete(action)),
    signal,
  );
  // The policy of the name before goes only when the one of this name has come.
  if (applied.conflicts.length > 0 || applied.failures.length > 0)
    return { ...applied, replacement: undefined };
  const { failures } = await applyObjects(client, actions.filter(isDelete), signal);
  const isReplaced = desired.length > 0 && conflicts.length > 0;
  return {
    ...applied,
    failures,
    conflicts: desired.length > 0 ? conflicts : [],
    replacement: isReplaced ? name : undefined,
  };
}

/** Whether the policy has our label. One that was only handed over to us is not deleted. */
export function isLabelled({ metadata }: KubeObject): boolean {
  return metadata.labels?.[label.managedBy] === MANAGER;
}

function closes(policy: KubeObject): boolean {
  return isNamespacePolicy(policy) && ruleSetOfPolicyName(policy.metadata.name) === undefined;
}
