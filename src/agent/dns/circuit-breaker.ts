import { remember } from '../../bounded/index.ts';
import type { Clock } from '../../time/index.ts';

/** Failures in a row after which a key counts as silent. */
const FAILURES = 8;
/** Milliseconds between two tries of a silent key. */
const PAUSE_MS = 2000;
/** Keys that are remembered; beyond them, the one that failed longest ago is forgotten. */
const CAPACITY = 8192;

/**
 * Remembers what has not answered several times in a row, and admits one try of it per pause. The first answer ends the
 * silence.
 */
export class CircuitBreaker {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #capacity: number;
  /** In the order of the last failures. `nextTry`: monotonic milliseconds. */
  readonly #failures = new Map<string, { count: number; nextTry: number }>();

  constructor(clock: Pick<Clock, 'monotonic'>, capacity = CAPACITY) {
    this.#clock = clock;
    this.#capacity = capacity;
  }

  /** Whether the key may be tried now. A true about a silent key is the one try of this pause. */
  admits(key: string): boolean {
    const failures = this.#failures.get(key);
    if (failures === undefined || failures.count < FAILURES) return true;
    const now = this.#clock.monotonic();
    if (now < failures.nextTry) return false;
    failures.nextTry = now + PAUSE_MS;
    return true;
  }

  failed(key: string): void {
    const count = (this.#failures.get(key)?.count ?? 0) + 1;
    remember(this.#failures, key, { count, nextTry: this.#clock.monotonic() + PAUSE_MS }, this.#capacity);
  }

  answered(key: string): void {
    this.#failures.delete(key);
  }

  get size(): number {
    return this.#failures.size;
  }
}
