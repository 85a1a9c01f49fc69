import type { EgressActivity } from '../../api/index.ts';
import { labelsByOwner } from '../../cluster/index.ts';
import type { Pod } from '../../kube/index.ts';
import { observedTargets, type SimulatedTarget, simulateChange } from '../../rule-changes/index.ts';
import { formatRule } from '../../rules/index.ts';
import type { SimulatedView, SimulationView } from '../wire.ts';
import { gatherRules, type RuleSources } from './gather-rules.ts';
import { readRuleSets } from './read-rule-sets.ts';

export interface Simulation {
  namespace: string;
  activity: EgressActivity | undefined;
  /** Undefined if the viewer may not list them. */
  pods: readonly Pod[] | undefined;
  /** The objects of pasted manifests. */
  objects: readonly unknown[];
}

/** Replays what a namespace requested against pasted rule sets, and stores nothing. With a fault it replays nothing. */
export async function simulate(
  sources: RuleSources,
  { namespace, activity, pods, objects }: Simulation,
): Promise<SimulationView> {
  const { rules, knowsClusterRules } = await gatherRules(sources, namespace, activity);
  const { ruleSets, faults } = readRuleSets(objects, rules);
  const observed = observedTargets(activity?.status?.targets ?? []);
  const targets =
    faults.length > 0 ? [] : simulateChange(rules, { put: ruleSets }, observed, labelsByOwner(pods ?? []));
  return {
    faults,
    targets: targets.map(viewTarget),
    mode: rules.mode,
    knowsClusterRules,
    knowsPods: pods !== undefined,
  };
}

function viewTarget({ observed, outcome, after }: SimulatedTarget): SimulatedView {
  const { target, count, lastSeen, owners } = observed;
  return {
    target,
    outcome,
    requests: count,
    lastSeen,
    owners: [...owners],
    reason: after.reason,
    ...(after.rule !== undefined && { rule: formatRule(after.rule) }),
  };
}
