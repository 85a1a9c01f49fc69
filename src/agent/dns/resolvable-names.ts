import { ALLOWED_NAME_MS } from '../../proxy/index.ts';
import type { Clock } from '../../time/index.ts';

/** Outlives a killed agent: names, and until when (milliseconds since the epoch) Squid may ask for them. */
export interface NamesJournal {
  read(): readonly { name: string; until: number }[];
  append(entry: { name: string; until: number }): void;
}

const CAPACITY = 50_000;

interface Validity {
  /** Monotonic milliseconds. */
  until: number;
  /** Value of `until` in the journal, monotonic milliseconds. */
  written: number;
}

/**
 * The names that Squid may resolve: those that a decision has allowed recently. Any other query is refused without a
 * look-up, so that names cannot carry data out. Squid asks after the decision: if the agent is killed in between, the
 * next agent finds the name in the journal.
 */
export class ResolvableNames {
  readonly #byName = new Map<string, Validity>();
  readonly #clock: Clock;
  readonly #journal: NamesJournal | undefined;

  constructor(clock: Clock, journal?: NamesJournal) {
    this.#clock = clock;
    this.#journal = journal;
    for (const { name, until } of journal?.read() ?? []) {
      const left = Math.min(until - clock.now(), ALLOWED_NAME_MS);
      if (left > 0) this.#put(name, { until: clock.monotonic() + left, written: clock.monotonic() + left });
    }
  }

  allow(name: string): void {
    const now = this.#clock.monotonic();
    const until = now + ALLOWED_NAME_MS;
    const written = this.#byName.get(name)?.written ?? now;
    // Rewritten only after half of its time: a busy name costs one line in minutes.
    if (this.#journal === undefined || written - now > ALLOWED_NAME_MS / 2) {
      this.#put(name, { until, written });
      return;
    }
    this.#journal.append({ name, until: this.#clock.now() + ALLOWED_NAME_MS });
    this.#put(name, { until, written: until });
  }

  has(name: string): boolean {
    return (this.#byName.get(name)?.until ?? 0) > this.#clock.monotonic();
  }

  /** Keeps the map in order of `until`, so that the oldest is dropped at the limit. */
  #put(name: string, validity: Validity): void {
    this.#byName.delete(name);
    this.#byName.set(name, validity);
    if (this.#byName.size <= CAPACITY) return;
    // Finding the first key of a map is slow after many deletions: do it only at the limit.
    const [oldest] = this.#byName.keys();
    if (oldest !== undefined) this.#byName.delete(oldest);
  }
}
