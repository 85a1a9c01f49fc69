import type { EgressRuleSet } from '../../api/index.ts';
import { type RuleSetSuffixes, suffixesOf } from '../../injection/index.ts';
import { countTargets } from '../../rules/index.ts';

/** What the webhook caches of an EgressRuleSet: a cluster has 20,000 of them, with up to 1,000 targets each. */
export interface CachedRuleSet extends RuleSetSuffixes {
  metadata: { name: string; namespace: string; resourceVersion: string };
  /** Number of its targets and references to groups, as quotas count them. */
  targets: number;
}

/** One for all the sets that refer to no group. */
const none: readonly string[] = [];

export function trimRuleSet({ metadata, spec }: EgressRuleSet): CachedRuleSet {
  const { name, namespace = '', resourceVersion = '' } = metadata;
  return {
    metadata: { name, namespace, resourceVersion },
    suffixes: suffixesOf(spec.targets),
    targetGroups: spec.targetGroups ?? none,
    targets: countTargets(spec),
  };
}
