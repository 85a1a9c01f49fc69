/** What agents told, kept in bounded memory. Pure. */
export { countWouldDeny, rulesOf, totalCounts, totalRequests } from './activity-totals.ts';
export { FlowStore } from './flow-store.ts';
export { TimeBuckets } from './time-buckets.ts';
