/** One request of a victim. */
export interface Sample {
  /** When it was answered: milliseconds since the epoch. */
  at: number;
  tookMs: number;
}

/** Milliseconds. */
const WINDOW = 1000;
const STEP = 100;

export interface Recovery {
  /** The worst p99 of a second before the overload, and of one during it, in milliseconds. */
  beforeMs: number;
  duringMs: number;
  /** Seconds from its end until a second begins whose p99 is no worse than before; undefined if none was seen. */
  seconds: number | undefined;
}

/** When a victim is served as before. `samples` in the order of their times, from before `begun` until after `ended`. */
export function recoveryOf(samples: readonly Sample[], begun: number, ended: number): Recovery {
  const first = samples[0]?.at ?? begun;
  const last = samples.at(-1)?.at ?? ended;
  const beforeMs = worst(samples, first, begun);
  const recovered = starts(ended, last).find((start) => p99(samples, start) <= beforeMs);
  return {
    beforeMs,
    duringMs: worst(samples, begun, ended),
    seconds: recovered === undefined ? undefined : (recovered - ended) / 1000,
  };
}

/** The beginnings of whole seconds between two times. */
function starts(from: number, to: number): number[] {
  const count = Math.floor((to - from - WINDOW) / STEP) + 1;
  return Array.from({ length: Math.max(0, count) }, (_, index) => from + index * STEP);
}

const worst = (samples: readonly Sample[], from: number, to: number): number =>
  Math.max(
    0,
    ...starts(from, to)
      .map((start) => p99(samples, start))
      .filter(Number.isFinite),
  );

/** Infinite for a second without an answer. */
function p99(samples: readonly Sample[], start: number): number {
  const times = samples
    .filter(({ at }) => at >= start && at < start + WINDOW)
    .map(({ tookMs }) => tookMs)
    .sort((a, b) => a - b);
  return times[Math.ceil(times.length * 0.99) - 1] ?? Number.POSITIVE_INFINITY;
}
