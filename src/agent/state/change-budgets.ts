import { remember } from '../../bounded/index.ts';
import type { Log } from '../../telemetry/index.ts';
import { namespaceLines } from '../namespace-lines.ts';

export interface ChangeBudgetsOptions {
  /** Targets a second that one namespace may have compiled. */
  perSecond: () => number;
  /** Called when a namespace that waits has a budget again. */
  onReady: (namespace: string) => void;
  /** Calls back after that many milliseconds. */
  after: (callback: () => void, waitMs: number) => void;
  /** Monotonic milliseconds. */
  now: () => number;
  log: Log;
}

/** A namespace may have so many seconds' worth of targets compiled without a pause. */
const BURST_SECONDS = 2;
/** Namespaces that are known. One that is dropped has its whole budget. */
const NAMESPACES = 1000;

/**
 * The targets that each namespace may have compiled, as the Generic Cell Rate Algorithm counts them: a token bucket whose
 * state is one number, the time at which it is full again.
 */
export class ChangeBudgets {
  readonly #options: ChangeBudgetsOptions;
  readonly #fullAt = new Map<string, number>();
  readonly #waiting = new Set<string>();
  readonly #lines = namespaceLines();

  constructor(options: ChangeBudgetsOptions) {
    this.#options = options;
  }

  /** Number of namespaces that wait. */
  get waiting(): number {
    return this.#waiting.size;
  }

  isWaiting(namespace: string): boolean {
    return this.#waiting.has(namespace);
  }

  /** Counts targets that were compiled, also beyond the budget: what comes next waits. */
  spend(namespace: string, targets: number): void {
    const { perSecond, now } = this.#options;
    const start = Math.max(this.#fullAt.get(namespace) ?? 0, now());
    remember(this.#fullAt, namespace, start + (targets * 1000) / perSecond(), NAMESPACES);
  }

  /** Whether the namespace is beyond its budget; then it waits until `onReady`. */
  mustWait(namespace: string): boolean {
    if (this.#waiting.has(namespace)) return true;
    const { perSecond, onReady, after, now, log } = this.#options;
    const waitMs = (this.#fullAt.get(namespace) ?? 0) - now() - BURST_SECONDS * 1000;
    if (waitMs <= 0) return false;
    this.#waiting.add(namespace);
    after(() => {
      this.#waiting.delete(namespace);
      onReady(namespace);
    }, waitMs);
    if (this.#lines.tryTake(namespace, now())) {
      const fields = { namespace, targetsPerSecond: perSecond() };
      log.warn(
        fields,
        'a namespace changes more targets than are compiled for one namespace: its changes wait',
      );
    }
    return true;
  }
}
