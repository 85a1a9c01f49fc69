import type { Clock } from '../../time/index.ts';

/** What outlives a killed agent: names, and until when (milliseconds since the epoch) Squid may ask about them. */
export interface NamesJournal {
  read(): readonly { name: string; until: number }[];
  append(entry: { name: string; until: number }): void;
}

/** Milliseconds: Squid dials what was allowed at once, and again while a request lasts that cannot connect. */
const REMEMBERED = 5 * 60_000;
const CAPACITY = 50_000;

interface Known {
  /** Monotonic milliseconds. */
  until: number;
  /** Until when the journal knows it, monotonic milliseconds. */
  written: number;
}

/**
 * The names that Squid may ask about: those that a decision has allowed lately. Any other question is refused
 * without a query, so that nobody can carry data out in names. Squid asks about a name after the decision: an agent
 * that was killed in between left it in the journal for its successor.
 */
export class KnownNames {
  readonly #known = new Map<string, Known>();
  readonly #clock: Clock;
  readonly #journal: NamesJournal | undefined;

  constructor(clock: Clock, journal?: NamesJournal) {
    this.#clock = clock;
    this.#journal = journal;
    for (const { name, until } of journal?.read() ?? []) {
      const left = Math.min(until - clock.now(), REMEMBERED);
      if (left > 0) this.#put(name, { until: clock.monotonic() + left, written: clock.monotonic() + left });
    }
  }

  allow(name: string): void {
    const now = this.#clock.monotonic();
    const until = now + REMEMBERED;
    const written = this.#known.get(name)?.written ?? now;
    // Written again only when half of its time is over: a busy name costs one line in minutes.
    if (this.#journal === undefined || written - now > REMEMBERED / 2) {
      this.#put(name, { until, written });
      return;
    }
    this.#journal.append({ name, until: this.#clock.now() + REMEMBERED });
    this.#put(name, { until, written: until });
  }

  has(name: string): boolean {
    return (this.#known.get(name)?.until ?? 0) > this.#clock.monotonic();
  }

  /** Oldest first, so that the oldest goes when there are too many. */
  #put(name: string, known: Known): void {
    this.#known.delete(name);
    this.#known.set(name, known);
    if (this.#known.size <= CAPACITY) return;
    // The first of a map is found slowly where many before it were deleted: it is looked for only when it has to go.
    const [oldest] = this.#known.keys();
    if (oldest !== undefined) this.#known.delete(oldest);
  }
}
