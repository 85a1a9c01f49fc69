import type { EgressRuleSet } from '../../api/index.ts';
import { suffixesOf } from '../../injection/index.ts';
import { countTargets } from '../../rules/index.ts';

/** What the webhook caches of an EgressRuleSet: a cluster has 20,000 of them, with up to 1,000 targets each. */
export interface CachedRuleSet {
  metadata: { name: string; namespace: string; resourceVersion: string };
  /** Top-level domains of its targets. */
  suffixes: readonly string[];
  /** Number of its targets, as quotas count them. */
  targets: number;
}

export function trimRuleSet({ metadata, spec }: EgressRuleSet): CachedRuleSet {
  const { name, namespace = '', resourceVersion = '' } = metadata;
  return {
    metadata: { name, namespace, resourceVersion },
    suffixes: suffixesOf(spec.targets),
    targets: countTargets(spec),
  };
}
