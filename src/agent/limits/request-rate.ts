import { RATE_WAIT_MS } from '../../proxy/index.ts';

/** Requests a second, and how many may come together after a pause. */
export interface Rate {
  perSecond: number;
  burst: number;
}

/**
 * The rate of one client as the Generic Cell Rate Algorithm measures it: a token bucket whose state is one number, the
 * time at which the bucket is full again. A request that finds no token reserves the next one, and waits for it. Times
 * are monotonic milliseconds.
 */
export class RequestRate {
  #fullAt = Number.NEGATIVE_INFINITY;

  /** Milliseconds until the request may be decided; undefined, without a reservation, if that is longer than RATE_WAIT_MS. */
  take(rate: Rate, now: number): number | undefined {
    const wait = this.#after(rate, now) - now - window(rate);
    if (wait > RATE_WAIT_MS) return undefined;
    this.#fullAt = this.#after(rate, now);
    return Math.max(0, wait);
  }

  /** Counts a request that was answered without `take`. The debt ends RATE_WAIT_MS after the last of them. */
  charge(rate: Rate, now: number): void {
    this.#fullAt = Math.min(this.#after(rate, now), now + window(rate) + RATE_WAIT_MS);
  }

  /** The part of the burst that is used: 0 when nothing is, 1 when the next request waits, more while others wait. */
  used(rate: Rate, now: number): number {
    return Math.max(0, this.#fullAt - now) / window(rate);
  }

  #after({ perSecond }: Rate, now: number): number {
    return Math.max(this.#fullAt, now) + 1000 / perSecond;
  }
}

/** Milliseconds in which an empty bucket is full. */
function window({ perSecond, burst }: Rate): number {
  return (burst * 1000) / perSecond;
}
