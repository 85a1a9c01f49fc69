import type { Clock } from '../../time/index.ts';

export interface HoldLimits {
  /** Most ACL requests of one source that may wait. */
  perSource: number;
  /** Most ACL requests that may wait in all. */
  total: number;
}

/** `released`: something has changed, look the client up again. */
export type HoldOutcome = 'released' | 'expired' | 'tooMany';

/** ACL requests that wait until their client is known. Their number is limited, so no client can exhaust memory. */
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

  /** Waits for a change that concerns the source, until `untilMs` (monotonic). */
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
