import type { DashboardFlow } from '../../wire.ts';
import { type FlowOutcome, outcomeOf } from './flow-filter.ts';

/** Destinations that the map draws; the others are summed up. */
export const DESTINATIONS = 18;
export const OTHERS = 'other destinations';
/** Destinations among them that were only refused: a flood of invented names must not hide what is in use. */
export const REFUSED_DESTINATIONS = 6;
export const OTHERS_REFUSED = 'other refused names';
/** Label of clients that are not pods. */
export const NO_NAMESPACE = 'not a pod';

export interface MapLink {
  namespace: string;
  /** Host without a port. */
  destination: string;
  outcome: Exclude<FlowOutcome, 'open'>;
  count: number;
}

/** Sums requests by namespace, destination and outcome, for the busiest destinations and the rest. */
export function mapLinks(
  flows: Iterable<DashboardFlow>,
  most = DESTINATIONS,
  mostRefused = REFUSED_DESTINATIONS,
): MapLink[] {
  const links = new Map<string, MapLink>();
  for (const flow of flows) addTo(links, linkOf(flow));
  const passed = [...links.values()].filter(({ outcome }) => outcome !== 'refused');
  const used = new Set(passed.map(({ destination }) => destination));
  const isUsed = ({ destination }: MapLink) => used.has(destination);
  const refused = busiest(
    [...links.values()].filter((link) => !isUsed(link)),
    Math.min(most, mostRefused),
  );
  const busy = busiest([...links.values()].filter(isUsed), most - refused.size);
  const shown = new Set([...busy, ...refused]);
  const drawn = new Map<string, MapLink>();
  for (const link of links.values()) {
    const others = isUsed(link) ? OTHERS : OTHERS_REFUSED;
    addTo(drawn, shown.has(link.destination) ? link : { ...link, destination: others });
  }
  return [...drawn.values()].sort((a, b) => b.count - a.count);
}

/** Returns the host of `host:port`; an IPv6 address keeps its brackets. */
export function hostOf(target: string): string {
  return target.replace(/:\d+$/, '');
}

function linkOf(flow: DashboardFlow): MapLink {
  const outcome = outcomeOf(flow);
  return {
    namespace: flow.namespace ?? NO_NAMESPACE,
    destination: hostOf(flow.target),
    outcome: outcome === 'open' ? 'allowed' : outcome,
    count: 1,
  };
}

function addTo(links: Map<string, MapLink>, { count, ...ends }: MapLink): void {
  const key = JSON.stringify([ends.namespace, ends.destination, ends.outcome]);
  links.set(key, { ...ends, count: (links.get(key)?.count ?? 0) + count });
}

function busiest(links: Iterable<MapLink>, most: number): Set<string> {
  const counts = new Map<string, number>();
  for (const { destination, count } of links) counts.set(destination, (counts.get(destination) ?? 0) + count);
  const sorted = [...counts].sort(([, a], [, b]) => b - a);
  return new Set(sorted.slice(0, most).map(([destination]) => destination));
}
