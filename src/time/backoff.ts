export interface BackoffOptions {
  /** Milliseconds before the first retry. */
  baseMs: number;
  /** Longest delay, milliseconds. */
  maxMs: number;
  /** Returns a number in [0, 1). */
  random: () => number;
}

/** Delay before the n-th retry (from 0), exponential with jitter: 50 to 100 % of min(max, base × 2ⁿ). */
export function backoffMs(attempt: number, { baseMs, maxMs, random }: BackoffOptions): number {
  const longest = Math.min(maxMs, baseMs * 2 ** attempt);
  return longest * (0.5 + random() / 2);
}
