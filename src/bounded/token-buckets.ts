import { remember } from './remember.ts';

/** Size of a bucket, and milliseconds after which one token comes back. */
export interface Budget {
  burst: number;
  refillMs: number;
}

interface Bucket {
  tokens: number;
  /** Monotonic milliseconds. */
  refilledAt: number;
}

/**
 * A token bucket for each key. Beyond `capacity` the bucket that was used least recently is dropped, as it is full again by
 * then.
 */
export class TokenBuckets {
  readonly #budget: Budget;
  readonly #capacity: number;
  readonly #buckets = new Map<string, Bucket>();

  constructor(budget: Budget, capacity: number) {
    this.#budget = budget;
    this.#capacity = capacity;
  }

  /** Takes a token; false if there is none. */
  tryTake(key: string, now: number): boolean {
    const has = this.has(key, now);
    this.take(key, now);
    return has;
  }

  has(key: string, now: number): boolean {
    return this.#refilled(key, now).tokens > 0;
  }

  take(key: string, now: number): void {
    const { tokens, refilledAt } = this.#refilled(key, now);
    remember(this.#buckets, key, { tokens: Math.max(0, tokens - 1), refilledAt }, this.#capacity);
  }

  #refilled(key: string, now: number): Bucket {
    const { burst, refillMs } = this.#budget;
    const bucket = this.#buckets.get(key);
    if (bucket === undefined) return { tokens: burst, refilledAt: now };
    const refilled = Math.floor((now - bucket.refilledAt) / refillMs);
    const tokens = bucket.tokens + refilled;
    return tokens >= burst
      ? { tokens: burst, refilledAt: now }
      : { tokens, refilledAt: bucket.refilledAt + refilled * refillMs };
  }
}
