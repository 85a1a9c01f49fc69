import { setTimeout as sleep } from 'node:timers/promises';

/** Repeats an attempt, one after the other, with `pauseMs` between them (default: none), until it is stopped. */
export class RepeatedAttempt {
  attempts = 0;
  /** Each with its number: what was thrown, or that the answer was false. */
  readonly failures: string[] = [];
  readonly #ended: Promise<void>;
  #stopping = false;

  constructor(name: string, attempt: () => Promise<boolean>, { pauseMs = 0 } = {}) {
    this.#ended = this.#run(name, attempt, pauseMs);
  }

  async #run(name: string, attempt: () => Promise<boolean>, pauseMs: number): Promise<void> {
    while (!this.#stopping) {
      const failure = await attempt().then(
        (ok) => (ok ? undefined : 'no'),
        (error: unknown) => String(error),
      );
      this.attempts += 1;
      if (failure !== undefined) this.failures.push(`${name} ${this.attempts}: ${failure}`);
      if (pauseMs > 0) await sleep(pauseMs);
    }
  }

  /** Resolves when the last attempt has ended. */
  stop(): Promise<void> {
    this.#stopping = true;
    return this.#ended;
  }
}
