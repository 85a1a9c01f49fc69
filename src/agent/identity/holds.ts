import type { Clock } from '../../time/index.ts';

export interface HoldLimits {
  /** How many questions one source may have waiting, and all together. */
  perSource: number;
  total: number;
}

/** `released`: something was learnt, look again. */
export type HoldOutcome = 'released' | 'expired' | 'tooMany';

/** Questions that wait until their client is known. Bounded, so that nobody can fill the queue. */
export class Holds {
  readonly #waiting = new Map<string, Set<(outcome: HoldOutcome) => void>>();
  readonly #clock: Clock;
  #total = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#total;
  }

  /** Waits for news of the source, up to `untilMs` (monotonic). */
  wait(source: string, untilMs: number, { perSource, total }: HoldLimits): Promise<HoldOutcome> {
    const waiting = this.#waiting.get(source) ?? new Set();
    if (waiting.size >= perSource || this.#total >= total) return Promise.resolve('tooMany');
    const remaining = untilMs - this.#clock.monotonic();
    if (remaining <= 0) return Promise.resolve('expired');
    return new Promise((resolve) => {
      const cancel = this.#clock.after(remaining, () => settle('expired'));
      const settle = (outcome: HoldOutcome) => {
        cancel();
        this.#remove(source, waiting, settle);
        resolve(outcome);
      };
      waiting.add(settle);
      this.#waiting.set(source, waiting);
      this.#total += 1;
    });
  }

  release(source: string): void {
    for (const settle of [...(this.#waiting.get(source) ?? [])]) settle('released');
  }

  releaseAll(): void {
    for (const source of [...this.#waiting.keys()]) this.release(source);
  }

  #remove(
    source: string,
    waiting: Set<(outcome: HoldOutcome) => void>,
    settle: (outcome: HoldOutcome) => void,
  ): void {
    if (!waiting.delete(settle)) return;
    this.#total -= 1;
    if (waiting.size === 0) this.#waiting.delete(source);
  }
}
