/** Repeats an attempt, one after the other, until it is stopped. */
export class RepeatedAttempt {
  attempts = 0;
  /** Each with its number: what was thrown, or that the answer was false. */
  readonly failures: string[] = [];
  readonly #ended: Promise<void>;
  #stopping = false;

  constructor(name: string, attempt: () => Promise<boolean>) {
    this.#ended = this.#run(name, attempt);
  }

  async #run(name: string, attempt: () => Promise<boolean>): Promise<void> {
    while (!this.#stopping) {
      const failure = await attempt().then(
        (ok) => (ok ? undefined : 'no'),
        (error: unknown) => String(error),
      );
      this.attempts += 1;
      if (failure !== undefined) this.failures.push(`${name} ${this.attempts}: ${failure}`);
    }
  }

  /** Resolves when the last attempt has ended. */
  stop(): Promise<void> {
    this.#stopping = true;
    return this.#ended;
  }
}
