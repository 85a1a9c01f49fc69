/** Audit records in the logs of agents: positions, merging, selection, text. Pure. */
export { LineMerger } from './line-merger.ts';
export { LogPosition, type TimedLine } from './log-position.ts';
export { clientOf, renderRecord, verdictOf } from './render-record.ts';
export { isSelected, type RecordFilter, selectRecord } from './select-record.ts';
