/** Faults and warnings of EgressRuleSets, ClusterEgressRuleSets, EgressRequests, EgressTargetGroups and EgressProxies, for admission and agents alike. */
export { parseDuration } from './duration.ts';
export { expiryOf, isExpired } from './expiry.ts';
export { countSelectorValues, type Labels, matchesSelector, selectsAll } from './label-selector.ts';
export {
  DEFAULT_QUOTA,
  isWithinQuota,
  type NamespaceQuota,
  placeInQuota,
  type QuotaPlace,
  quotaFaults,
  quotaOf,
  totalsOf,
  withinQuota,
} from './namespace-quota.ts';
export { type ParsedSelector, parseSelector } from './parse-selector.ts';
export { parseBytes } from './quantity.ts';
export { fieldOf } from './read-fields.ts';
export { readRanges } from './read-ranges.ts';
export {
  countTargets,
  type IndexedTarget,
  MOST_TARGETS,
  type ReadRuleSet,
  readInSteps,
  readTargets,
} from './read-targets.ts';
export type { RuleSetContext } from './rule-set-context.ts';
export { readClusterEgressRuleSet, validateClusterEgressRuleSet } from './validate-cluster-rule-set.ts';
export { systemPort } from './validate-host-network-ports.ts';
export { validateEgressProxy } from './validate-proxy.ts';
export { requestedRuleSetName, validateEgressRequest } from './validate-request.ts';
export { readEgressRuleSet, validateEgressRuleSet } from './validate-rule-set.ts';
export { readEgressTargetGroup, validateEgressTargetGroup } from './validate-target-group.ts';
