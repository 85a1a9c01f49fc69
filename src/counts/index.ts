/** Counts of the agents, merged so that no request is counted twice. Pure. */
export {
  hasNews,
  type InstanceCounts,
  type MergeInput,
  type MergeLimits,
  mergeCounts,
} from './merge-counts.ts';
export { plainText } from './plain-text.ts';
