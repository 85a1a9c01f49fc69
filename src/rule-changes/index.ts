/** Rule sets suggested from what was observed, and what a change of rules would do. Pure. */
export { type EndedTunnels, endedTunnels, uncheckedTunnels } from './ended-tunnels.ts';
export {
  clientOf,
  type Evaluate,
  evaluatorOf,
  type NamespaceRules,
  splitHostPort,
} from './namespace-rules.ts';
export { type ObservedTarget, observedNames, observedTargets } from './observed-target.ts';
export { changeRules, type RuleSetChange, type SimulatedTarget, simulateChange } from './simulate-change.ts';
export {
  type LeftOut,
  type SuggestedTarget,
  type Suggestion,
  type SuggestionInput,
  suggestRuleSet,
} from './suggest-rule-set.ts';
export { hasOneOwner } from './wildcard-parents.ts';
export { withTargets } from './with-targets.ts';
