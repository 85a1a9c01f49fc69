/** Builds the answers of the read API from the state of the cluster. */
export { buildPodsView } from './pods.ts';
export { buildProxyViews } from './proxies.ts';
export { buildRequestViews } from './requests.ts';
export { buildRuleSetViews } from './rule-sets.ts';
export { activityOf, summarize } from './summaries.ts';
