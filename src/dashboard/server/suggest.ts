import { API_VERSION, type EgressActivity, type EgressRuleSet } from '../../api/index.ts';
import {
  type NamespaceRules,
  observedTargets,
  type SuggestedTarget,
  type Suggestion,
  simulateChange,
  suggestRuleSet,
} from '../../rule-changes/index.ts';
import type { SuggestionView } from '../wire.ts';
import { gatherRules, type RuleSources } from './gather-rules.ts';

/** Names below one domain from which a wildcard replaces them, as in the plugin. */
const GROUP_FROM = 5;

/** The rule set that allows what the namespace requested, and what enforce mode would refuse with it. */
export async function suggest(
  sources: RuleSources,
  name: string,
  activity: EgressActivity | undefined,
): Promise<SuggestionView> {
  const { rules, knowsClusterRules } = await gatherRules(sources, name, activity);
  const observed = observedTargets(activity?.status?.targets ?? []);
  const ruleSet = nameOf(rules);
  const suggestion = suggestRuleSet({ rules, name: ruleSet, observed, groupFrom: GROUP_FROM });
  const isEmpty = suggestion.targets.length + suggestion.targetGroups.length === 0;
  const put = isEmpty ? [] : [ruleSetOf(name, ruleSet, suggestion)];
  const refused = simulateChange(rules, { put }, observed).filter(
    ({ outcome }) => outcome === 'newlyRefused',
  );
  return {
    name: ruleSet,
    targets: suggestion.targets.map(viewTarget),
    targetGroups: suggestion.targetGroups.map((group) => group.name),
    leftOut: suggestion.leftOut.map(({ observed: { target }, reason }) => ({ target, reason })),
    stillRefused: refused.map(({ observed: { target } }) => target),
    knowsClusterRules,
  };
}

/** As the plugin names it, unless that one is for some pods only: a suggestion is for all of them. */
function nameOf({ namespace, ruleSets }: NamespaceRules): string {
  const existing = ruleSets.find(
    ({ metadata }) => metadata.namespace === namespace && metadata.name === 'suggested',
  );
  return existing?.spec.podSelector === undefined ? 'suggested' : 'suggested-for-all-pods';
}

const ruleSetOf = (
  namespace: string,
  name: string,
  { targets, targetGroups }: Suggestion,
): EgressRuleSet => ({
  apiVersion: API_VERSION,
  kind: 'EgressRuleSet',
  metadata: { namespace, name },
  spec: {
    targets: targets.map(({ target }) => target),
    targetGroups: targetGroups.map((group) => group.name),
  },
});

function viewTarget({ target, observed, present }: SuggestedTarget): SuggestionView['targets'][number] {
  return { target, present, requests: observed.reduce((sum, { count }) => sum + count, 0) };
}
