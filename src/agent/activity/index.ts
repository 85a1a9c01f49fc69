/** What went through this proxy: the last flows one by one, and all of them counted. */
export { Activity } from './activity.ts';
export type { FlowQuery } from './flow-store.ts';
