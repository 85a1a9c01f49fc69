/** What went through this proxy pod: the last flows one by one, and all of them counted. */
export { Activity } from './activity.ts';
export type { FlowQuery } from './recent-flows.ts';
