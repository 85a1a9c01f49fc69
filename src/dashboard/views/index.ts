/** What the page shows, built from what is known and what the viewer may see. */
export { viewPods } from './pods.ts';
export { viewProxies } from './proxies.ts';
export { viewRuleSets } from './rule-sets.ts';
export { activityOf, summarize } from './summaries.ts';
