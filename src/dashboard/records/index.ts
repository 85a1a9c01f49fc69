/** What agents told, kept in bounded memory. Pure. */
export { countWouldDeny, rulesOf, sumCounts, sumRules, writtenCounts } from './activity-totals.ts';
export { FlowStore } from './flow-store.ts';
export { TimeBuckets } from './time-buckets.ts';
