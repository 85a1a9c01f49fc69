import type { Series } from '../wire.ts';

/** Milliseconds per bucket. */
export const STEP = 15_000;
/** Buckets per series: one hour. */
export const STEPS = 240;

export type Outcome = 'allowed' | 'denied' | 'wouldDeny';
type Counts = Record<Outcome, number>;

/** Counts of requests by namespace and time for the last hour. Empty buckets are not stored. */
export class TimeBuckets {
  readonly #namespaces = new Map<string, Map<number, Counts>>();

  /** Counts one request; `time` in milliseconds since the epoch. `wouldDeny` (observe mode) counts as allowed too. */
  count(namespace: string, time: number, outcome: Outcome): void {
    const start = Math.floor(time / STEP) * STEP;
    const buckets = this.#namespaces.get(namespace) ?? new Map<number, Counts>();
    this.#namespaces.set(namespace, buckets);
    const counts = buckets.get(start) ?? { allowed: 0, denied: 0, wouldDeny: 0 };
    buckets.set(start, counts);
    counts[outcome] += 1;
    if (outcome === 'wouldDeny') counts.allowed += 1;
  }

  /** Sums the namespaces over the hour that ends at `now`. */
  series(namespaces: Iterable<string>, now: number): Series {
    const start = startOf(now);
    const empty = () => new Array<number>(STEPS).fill(0);
    const series: Series = { start, step: STEP, allowed: empty(), denied: empty(), wouldDeny: empty() };
    for (const name of namespaces) {
      for (const [time, counts] of this.#namespaces.get(name) ?? [])
        add(series, (time - start) / STEP, counts);
    }
    return series;
  }

  forgetBefore(now: number): void {
    const start = startOf(now);
    for (const [name, buckets] of this.#namespaces) {
      for (const time of buckets.keys()) if (time < start) buckets.delete(time);
      if (buckets.size === 0) this.#namespaces.delete(name);
    }
  }
}

function add(series: Series, index: number, counts: Counts): void {
  if (index < 0 || index >= STEPS) return;
  for (const outcome of ['allowed', 'denied', 'wouldDeny'] as const) {
    series[outcome][index] = (series[outcome][index] ?? 0) + counts[outcome];
  }
}

function startOf(now: number): number {
  return (Math.floor(now / STEP) - STEPS + 1) * STEP;
}
