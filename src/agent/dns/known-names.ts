import type { Clock } from '../../kube/index.ts';

/** Milliseconds: Squid dials what was allowed at once, and again while a request lasts that cannot connect. */
const REMEMBERED = 5 * 60_000;
const CAPACITY = 50_000;

/**
 * The names that Squid may ask about: those that a decision has allowed lately. Any other question is refused
 * without a query, so that nobody can carry data out in names.
 */
export class KnownNames {
  readonly #until = new Map<string, number>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  allow(name: string): void {
    this.#until.delete(name);
    this.#until.set(name, this.#clock.monotonic() + REMEMBERED);
    const [oldest] = this.#until.keys();
    if (this.#until.size > CAPACITY && oldest !== undefined) this.#until.delete(oldest);
  }

  has(name: string): boolean {
    return (this.#until.get(name) ?? 0) > this.#clock.monotonic();
  }
}
