export interface BackoffOptions {
  /** Milliseconds before the first retry. */
  baseMs: number;
  /** Milliseconds that no delay exceeds. */
  maxMs: number;
  /** A number in [0, 1). */
  random: () => number;
}

/** The n-th delay (from 0) of an exponential back-off: between half and the whole of min(max, base × 2ⁿ). */
export function backoffMs(attempt: number, { baseMs, maxMs, random }: BackoffOptions): number {
  const whole = Math.min(maxMs, baseMs * 2 ** attempt);
  return whole * (0.5 + random() / 2);
}
