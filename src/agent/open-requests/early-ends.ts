import { remember } from '../../bounded/index.ts';

/** What the identifiers that the relay makes contain. It reports these requests late, so that their end may come first. */
const BY_RELAY = '-r';
/** More than the relay answers until it reports. */
const CAPACITY = 20_000;

/** Ends of requests that are known before the requests are: those are not open. */
export class EarlyEnds {
  readonly #ids = new Set<string>();
  /** When each client's connection ended a request without a decision, milliseconds since the epoch. */
  readonly #undecided = new Map<string, number>();

  /** The audit line of a request was printed. Only the relay's requests can become known after it. */
  ended(id: string): void {
    if (!id.includes(BY_RELAY)) return;
    this.#ids.add(id);
    const [oldest] = this.#ids.size > CAPACITY ? this.#ids : [];
    if (oldest !== undefined) this.#ids.delete(oldest);
  }

  /** Squid did not wait for the decision about a request. `time`: its end, milliseconds since the epoch. */
  endedUndecided(connection: string, time: number): void {
    remember(this.#undecided, connection, time, CAPACITY);
  }

  /** Whether the end of a request is known. `arrivedAt`: when it came, milliseconds since the epoch. */
  take(id: string, connection: string, arrivedAt: number): boolean {
    if (this.#ids.delete(id)) return true;
    return arrivedAt <= (this.#undecided.get(connection) ?? Number.NEGATIVE_INFINITY);
  }
}
