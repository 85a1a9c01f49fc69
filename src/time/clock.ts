/** Source of time. Everything that reads or waits for time takes one as an argument; tests pass a FakeClock. */
export interface Clock {
  /** Wall clock, milliseconds since the epoch: for timestamps that are shown or sent, and for what users set as one. */
  now(): number;
  /** Milliseconds from an arbitrary start, never set back: for every interval. */
  monotonic(): number;
  /** Calls `fire` once after `ms`. The returned function cancels it. */
  after(ms: number, fire: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(ms, fire) {
    const timer = setTimeout(fire, Math.max(0, ms));
    return () => clearTimeout(timer);
  },
};

/** Resolves after `ms`, or immediately when the signal is aborted. Never rejects: callers check the signal. */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const finish = () => {
      cancel();
      signal?.removeEventListener('abort', finish);
      resolve();
    };
    const cancel = clock.after(ms, finish);
    signal?.addEventListener('abort', finish, { once: true });
  });
}

/**
 * Milliseconds to sleep in a loop that runs once in `period` milliseconds: until the next multiple of the period, or the one
 * after it if that is less than half a period away. Loops of a process so wake it together: waking costs an idle process more
 * than the work that most of them then have.
 */
export function untilTick(clock: Pick<Clock, 'monotonic'>, period: number): number {
  const left = period - (clock.monotonic() % period);
  return left < period / 2 ? left + period : left;
}
