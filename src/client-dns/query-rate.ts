import { TokenBuckets } from '../bounded/index.ts';
import type { Clock } from '../time/index.ts';

/**
 * Queries a second of one client address, and as many again in a burst: a large pod asks some tens. What is beyond gets
 * no answer, so that one pod's flood does not take the time of the others' queries.
 */
export const QUERIES_PER_SECOND = 1000;

/** Clients that are remembered; each takes some 200 bytes. */
const CLIENTS = 65_536;

/** Limits the queries of each client address. */
export class QueryRate {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #buckets = new TokenBuckets(
    { burst: QUERIES_PER_SECOND, refillMs: 1000 / QUERIES_PER_SECOND },
    CLIENTS,
  );

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
  }

  /** Whether the client may ask now. */
  take(client: string): boolean {
    return this.#buckets.tryTake(client, this.#clock.monotonic());
  }
}
