import type { ActivityTarget, EgressActivity } from '../../api/index.ts';

export type Subject = 'namespaces' | 'workloads' | 'targets';
export type Order = 'requests' | 'denied' | 'last';

/** What one namespace, workload or target has requested, or was requested. */
export interface Ranked {
  name: string;
  requests: number;
  /** Requests that were refused, or that enforce mode would refuse. */
  denied: number;
  /** RFC 3339; empty if unknown. */
  lastSeen: string;
}

/** Sums EgressActivities by namespace, workload or target, the largest first. `since` (RFC 3339): only what came after. */
export function rankActivity(
  activities: readonly EgressActivity[],
  { subject, order, since }: { subject: Subject; order: Order; since: string },
): Ranked[] {
  const ranks = new Map<string, Ranked>();
  for (const counted of activities.flatMap(placedTargets)) {
    if (counted.lastSeen < since) continue;
    for (const name of namesOf(subject, counted)) add(ranks, { name, ...countsOf(counted) });
  }
  return [...ranks.values()].sort(comparisons[order]);
}

type PlacedTarget = ActivityTarget & { namespace: string };

function placedTargets({ metadata: { namespace = '' }, status }: EgressActivity): PlacedTarget[] {
  return (status?.targets ?? []).map((target) => ({ namespace, ...target }));
}

function countsOf({ verdict, wouldDeny, count, lastSeen }: ActivityTarget): Omit<Ranked, 'name'> {
  const isDenied = verdict === 'deny' || wouldDeny === true;
  return { requests: count, denied: isDenied ? count : 0, lastSeen };
}

/** A count of several workloads is one of each: an EgressActivity does not split it. */
function namesOf(subject: Subject, { namespace, target, owners = [] }: PlacedTarget): string[] {
  switch (subject) {
    case 'namespaces':
      return [namespace];
    case 'targets':
      return [target];
    case 'workloads':
      return owners.map((owner) => `${namespace}/${owner}`);
  }
}

function add(ranks: Map<string, Ranked>, { name, requests, denied, lastSeen }: Ranked): void {
  const known = ranks.get(name) ?? { name, requests: 0, denied: 0, lastSeen: '' };
  ranks.set(name, {
    name,
    requests: known.requests + requests,
    denied: known.denied + denied,
    lastSeen: known.lastSeen < lastSeen ? lastSeen : known.lastSeen,
  });
}

const byName = (a: Ranked, b: Ranked) => (a.name < b.name ? -1 : 1);
const comparisons: Readonly<Record<Order, (a: Ranked, b: Ranked) => number>> = {
  requests: (a, b) => b.requests - a.requests || byName(a, b),
  denied: (a, b) => b.denied - a.denied || byName(a, b),
  last: (a, b) => (a.lastSeen === b.lastSeen ? byName(a, b) : a.lastSeen < b.lastSeen ? 1 : -1),
};
