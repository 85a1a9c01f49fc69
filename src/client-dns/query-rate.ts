import type { Clock } from '../time/index.ts';

/**
 * Queries a second of one client address, and as many again in a burst: a large pod asks some tens. What is beyond gets
 * no answer, so that one pod's flood does not take the time of the others' queries.
 */
export const QUERIES_PER_SECOND = 1000;

interface Bucket {
  tokens: number;
  at: number;
}

/** Limits the queries of each client address: a token bucket. Holds the clients of the last two seconds. */
export class QueryRate {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #buckets = new Map<string, Bucket>();
  #sweptAt = 0;

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
  }

  /** Whether the client may ask now. */
  take(client: string): boolean {
    const now = this.#clock.monotonic();
    this.#sweep(now);
    const bucket = this.#buckets.get(client) ?? { tokens: QUERIES_PER_SECOND, at: now };
    const gained = ((now - bucket.at) / 1000) * QUERIES_PER_SECOND;
    const tokens = Math.min(QUERIES_PER_SECOND, bucket.tokens + gained);
    this.#buckets.set(client, { tokens: Math.max(0, tokens - 1), at: now });
    return tokens >= 1;
  }

  /** A bucket that nothing was taken from for a second is full again. */
  #sweep(now: number): void {
    if (now - this.#sweptAt < 2000) return;
    this.#sweptAt = now;
    for (const [client, { at }] of this.#buckets) if (now - at > 1000) this.#buckets.delete(client);
  }
}
