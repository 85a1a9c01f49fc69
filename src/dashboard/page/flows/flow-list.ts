import type { DashboardFlow, FlowAnswer } from '../../wire.ts';

/** Flows that the page remembers. */
export const CAPACITY = 10_000;

/** Newest first, each request once. */
export type FlowList = readonly DashboardFlow[];

/** The list with what an answer told, by the time of each request: an open tunnel gives way to its end. */
export function mergeFlows(
  list: FlowList,
  answer: Pick<FlowAnswer, 'flows' | 'reset'>,
  capacity = CAPACITY,
): FlowList {
  const known = answer.reset ? [] : list;
  if (answer.flows.length === 0 && !answer.reset) return list;
  const told = new Set(answer.flows.map(({ key }) => key));
  const kept = known.filter(({ key }) => !told.has(key));
  // Agents tell one after the other; what is sorted already costs next to nothing.
  const all = [...answer.flows.toReversed(), ...kept].sort((a, b) => compare(b.time, a.time));
  return all.slice(0, capacity);
}

/** RFC 3339 in UTC with the same digits sorts as text. */
const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));
