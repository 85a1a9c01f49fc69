import type { Clock } from '../../time/index.ts';

export interface ExpiryTimerOptions {
  /** The next moment at which a rule set expires, as RuleSetIndex.nextExpiry has it. */
  next: () => number | undefined;
  onDue: () => void;
  clock: Clock;
}

/**
 * Milliseconds between two looks at the wall clock while any rule set expires. A timer runs by another clock, which neither
 * knows that the wall clock was set nor counts the time that a machine was suspended.
 */
const LOOK = 1000;

/** Calls back when rule sets expire by the wall clock, and when that clock may have been set. */
export class ExpiryTimer {
  readonly #options: ExpiryTimerOptions;
  #isRunning = false;
  #cancel: (() => void) | undefined;

  constructor(options: ExpiryTimerOptions) {
    this.#options = options;
  }

  run(signal: AbortSignal): void {
    this.#isRunning = true;
    signal.addEventListener('abort', () => {
      this.#isRunning = false;
      this.schedule();
    });
    this.schedule();
  }

  /** The next expiry may have changed. */
  schedule(): void {
    const { next, onDue, clock } = this.#options;
    this.#cancel?.();
    this.#cancel = undefined;
    const at = next();
    if (!this.#isRunning || at === undefined) return;
    const waitMs = Math.min(LOOK, at - clock.now());
    this.#cancel = clock.after(Math.max(0, waitMs), () => {
      onDue();
      this.schedule();
    });
  }
}
