import type { DashboardFlow, FlowAnswer } from '../../wire.ts';

/** Flows in memory. */
export const CAPACITY = 10_000;

/** Requests by time, newest first, each once. */
export type FlowList = readonly DashboardFlow[];

/** Adds the flows of an answer to the list and sorts it by time. The end of a tunnel replaces its entry as an open one. */
export function mergeFlows(
  list: FlowList,
  answer: Pick<FlowAnswer, 'flows' | 'reset'>,
  capacity = CAPACITY,
): FlowList {
  const known = answer.reset ? [] : list;
  if (answer.flows.length === 0 && !answer.reset) return list;
  const updated = new Set(answer.flows.map(({ key }) => key));
  const unchanged = known.filter(({ key }) => !updated.has(key));
  // Flows of several agents arrive out of order. Sorting a list that is nearly sorted is cheap.
  const all = [...answer.flows.toReversed(), ...unchanged].sort((a, b) => compare(b.time, a.time));
  return all.slice(0, capacity);
}

/** Compares as text: agents write RFC 3339 in UTC with milliseconds. */
const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));
