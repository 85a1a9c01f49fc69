/** A rule set: whether it is accepted, and whether every ready replica decides by it. */
export { reconcileRuleSet } from './reconcile-rule-set.ts';
