import type { ClusterEgressRuleSet, EgressRuleSet, EgressTargetGroup } from '../api/index.ts';
import type { Decision, Labels } from '../rules/index.ts';
import { type Evaluate, evaluatorOf, type NamespaceRules, splitHostPort } from './namespace-rules.ts';
import type { ObservedTarget } from './observed-target.ts';

/** A change of rule sets and target groups: those that are created or replaced, and those that are deleted. */
export interface RuleSetChange {
  put: readonly (EgressRuleSet | ClusterEgressRuleSet | EgressTargetGroup)[];
  /** Names of EgressRuleSets of the namespace. */
  remove?: readonly string[];
}

/** What the change does to the requests of one target. */
export interface SimulatedTarget {
  observed: ObservedTarget;
  /** In enforce mode, by the rules as they are and as they would be. */
  before: Decision;
  after: Decision;
  outcome: 'newlyRefused' | 'newlyPasses' | 'passes' | 'refused';
}

/** The rules of a namespace after a change. */
export function changeRules(rules: NamespaceRules, { put, remove = [] }: RuleSetChange): NamespaceRules {
  const ruleSets = put
    .filter((set): set is EgressRuleSet => set.kind === 'EgressRuleSet')
    .map(inNamespace(rules));
  const clusterRuleSets = put.filter(
    (set): set is ClusterEgressRuleSet => set.kind === 'ClusterEgressRuleSet',
  );
  const groups = put.filter((set): set is EgressTargetGroup => set.kind === 'EgressTargetGroup');
  const replaced = new Set([...ruleSets.map(keyOf), ...remove.map((name) => `${rules.namespace}/${name}`)]);
  const clusterReplaced = new Set(clusterRuleSets.map(keyOf));
  return {
    ...rules,
    ruleSets: [...rules.ruleSets.filter((set) => !replaced.has(keyOf(set))), ...ruleSets],
    clusterRuleSets: [
      ...rules.clusterRuleSets.filter((set) => !clusterReplaced.has(keyOf(set))),
      ...clusterRuleSets,
    ],
    targetGroups: [
      ...(rules.targetGroups ?? []).filter((group) => !groups.some((put) => keyOf(put) === keyOf(group))),
      ...groups,
    ],
  };
}

/**
 * Replays observed requests against a change. In observe mode, where rules refuse nothing, a request that passed and that
 * enforce mode would refuse after the change counts as newly refused. `labelsOf`: the labels of a workload's pods, for
 * rule sets with a podSelector; a target passes if it does for every workload that requested it.
 */
export function simulateChange(
  rules: NamespaceRules,
  change: RuleSetChange,
  observed: readonly ObservedTarget[],
  labelsOf: (owner: string) => Labels = () => ({}),
): SimulatedTarget[] {
  const before = evaluatorOf(rules);
  const after = evaluatorOf(changeRules(rules, change));
  return observed.flatMap((each) => {
    const target = splitHostPort(each.target);
    if (target === undefined) return [];
    const request = { ...target, labels: each.owners.map(labelsOf) };
    const decisions = { before: forAll(before, request), after: forAll(after, request) };
    return [{ observed: each, ...decisions, outcome: outcomeOf(rules, each, decisions) }];
  });
}

/** A refusal for one of the workloads is a refusal. */
function forAll(
  evaluate: Evaluate,
  { labels, ...target }: { host: string; port: number; labels: Labels[] },
): Decision {
  const decisions = (labels.length === 0 ? [{}] : labels).map((each) =>
    evaluate({ ...target, labels: each }),
  );
  return decisions.find(({ verdict }) => verdict === 'deny') ?? decisions[0] ?? evaluate(target);
}

function outcomeOf(
  { mode }: NamespaceRules,
  { passed }: ObservedTarget,
  { before, after }: Pick<SimulatedTarget, 'before' | 'after'>,
): SimulatedTarget['outcome'] {
  const passedBefore = mode === 'observe' || mode === 'none' ? passed : before.verdict === 'allow';
  if (after.verdict === 'allow') return passedBefore ? 'passes' : 'newlyPasses';
  return passedBefore ? 'newlyRefused' : 'refused';
}

/** A rule set without a namespace is applied to the one that is simulated. */
function inNamespace({ namespace }: NamespaceRules) {
  return (set: EgressRuleSet): EgressRuleSet => ({ ...set, metadata: { namespace, ...set.metadata } });
}

function keyOf({ metadata }: EgressRuleSet | ClusterEgressRuleSet | EgressTargetGroup): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`;
}
