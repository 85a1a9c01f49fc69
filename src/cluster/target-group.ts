import type { EgressTargetGroup } from '../api/index.ts';
import { suffixesOf } from '../injection/index.ts';
import type { ReadonlyStore } from '../kube/index.ts';
import { countTargets, validateEgressTargetGroup } from '../rules/index.ts';

/** What the webhook and the controller cache of an EgressTargetGroup. */
export interface CachedTargetGroup {
  metadata: { name: string; resourceVersion: string; uid: string; generation: number };
  /** Top-level domains of its targets. */
  suffixes: readonly string[];
  /** Number of its targets. */
  targets: number;
  /** Whether it has no faults: otherwise it grants nothing. */
  isValid: boolean;
}

export function cacheTargetGroup(group: EgressTargetGroup): CachedTargetGroup {
  const { name, resourceVersion = '', uid = '', generation = 0 } = group.metadata;
  return {
    metadata: { name, resourceVersion, uid, generation },
    suffixes: suffixesOf(group.spec.targets),
    targets: countTargets(group.spec),
    isValid: validateEgressTargetGroup(group).faults.length === 0,
  };
}

/** The top-level domains of the targets of a group; none if it does not exist. */
export const suffixesOfGroup =
  (groups: ReadonlyStore<CachedTargetGroup>) =>
  (name: string): readonly string[] =>
    groups.get(name)?.suffixes ?? [];
