import type { DashboardFlow, FlowAnswer } from '../../wire.ts';

/** Flows that the page remembers. */
export const CAPACITY = 10_000;

/** Newest first, each request once. */
export type FlowList = readonly DashboardFlow[];

/** The list with what an answer told: an open tunnel gives way to its end, which stands where the newest do. */
export function mergeFlows(
  list: FlowList,
  answer: Pick<FlowAnswer, 'flows' | 'reset'>,
  capacity = CAPACITY,
): FlowList {
  const known = answer.reset ? [] : list;
  if (answer.flows.length === 0 && !answer.reset) return list;
  const told = new Set(answer.flows.map(({ key }) => key));
  const kept = known.filter(({ key }) => !told.has(key));
  return [...answer.flows.toReversed(), ...kept].slice(0, capacity);
}
