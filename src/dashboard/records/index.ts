/** Flows and counts of the agents in bounded memory. Pure. */
export { countWouldDeny, rulesOf, totalCounts, totalRequests } from './activity-totals.ts';
export { FlowTable } from './flow-table.ts';
export { TimeBuckets } from './time-buckets.ts';
