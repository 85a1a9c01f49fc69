/** A rule as audit records name it: `namespace/name#index`, or `name#index` for a cluster rule set. */
export function parseRuleReference(text: string): { set: string; index: number } | undefined {
  const [, set, index] = /^([^#]+)#(\d{1,6})$/.exec(text) ?? [];
  return set === undefined ? undefined : { set, index: Number(index) };
}

/** By the key of the rule set: when each of its targets was last used. */
export function useBySet(uses: Iterable<readonly [string, string]>): Map<string, Map<number, string>> {
  const bySet = new Map<string, Map<number, string>>();
  for (const [rule, lastSeen] of uses) {
    const reference = parseRuleReference(rule);
    if (reference === undefined) continue;
    const targets = bySet.get(reference.set) ?? new Map<number, string>();
    targets.set(reference.index, lastSeen);
    bySet.set(reference.set, targets);
  }
  return bySet;
}
