import type { ClusterEgressRuleSet, EgressRuleSet, EgressTargetGroup } from '../../api/index.ts';
import { keyOf } from '../../kube/index.ts';

/** An EgressTargetGroup and who refers to it. */
export interface GroupUsers {
  name: string;
  /** Number of its targets. */
  targets: number;
  /** `namespace/name` of rule sets, `name` of cluster rule sets, in the order of the alphabet. */
  usedBy: string[];
}

/** Each group by its name, also those that nothing refers to. A group that does not exist is a problem of the rule set. */
export function groupUsers(
  groups: readonly EgressTargetGroup[],
  ruleSets: readonly (EgressRuleSet | ClusterEgressRuleSet)[],
): GroupUsers[] {
  const users = new Map<string, string[]>();
  for (const ruleSet of ruleSets)
    for (const group of ruleSet.spec.targetGroups ?? [])
      users.set(group, [...(users.get(group) ?? []), keyOf(ruleSet)]);
  return groups
    .map(({ metadata: { name }, spec }) => ({
      name,
      targets: spec.targets.length,
      usedBy: (users.get(name) ?? []).sort(),
    }))
    .sort((a, b) => a.name.localeCompare(b.name));
}
