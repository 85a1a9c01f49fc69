/** A rule set as the API server stores it: it fills in `targets` where there are only target groups. */
export function withTargets<T extends { spec: { targets?: readonly string[] } }>(ruleSet: T): T {
  return { ...ruleSet, spec: { ...ruleSet.spec, targets: ruleSet.spec.targets ?? [] } };
}
