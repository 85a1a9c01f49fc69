/** Time, as everything in this room takes it. Tests give a FakeClock. */
export interface Clock {
  /** Wall clock, milliseconds since the epoch: for timestamps that others read. */
  now(): number;
  /** Milliseconds from an arbitrary start, never set back: for every interval. */
  monotonic(): number;
  /** Calls `fire` once after `ms`; the function that comes back cancels. */
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

/** Resolves after `ms`, or at once when the signal is aborted. Never rejects: callers look at the signal. */
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
