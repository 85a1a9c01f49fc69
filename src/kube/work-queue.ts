import type { Log } from '../telemetry/index.ts';
import { backoffMs, type Clock, systemClock } from '../time/index.ts';
import type { QueueMetrics } from './metrics.ts';

/** What became of a key: done, or to be looked at again after some time. A failure is thrown. */
export type Reconciled = { requeueAfterMs: number } | undefined;

export interface WorkQueueOptions {
  /** For logs and metrics. */
  name: string;
  log: Log;
  metrics?: QueueMetrics;
  clock?: Clock;
  random?: () => number;
  /** Milliseconds before the first retry of a key; default 100. */
  baseDelayMs?: number;
  /** Milliseconds that no retry exceeds; default 60,000. */
  maxDelayMs?: number;
}

export interface RunOptions<K> {
  reconcile: (key: K, signal: AbortSignal) => Promise<Reconciled>;
  /** How many keys are worked on at once; default 1. */
  concurrency?: number;
  signal: AbortSignal;
}

/**
 * A queue of keys with client-go's promises: a key that waits is there once; a key is never worked on twice at the
 * same time; one that is added meanwhile is worked on once more afterwards; a key that fails comes back later and
 * later, until it succeeds.
 */
export class WorkQueue<K = string> {
  readonly name: string;
  readonly #log: Log;
  readonly #metrics: QueueMetrics | undefined;
  readonly #clock: Clock;
  readonly #backoff: { baseMs: number; maxMs: number; random: () => number };
  /** In the order of their turns. */
  readonly #waiting = new Set<K>();
  readonly #working = new Set<K>();
  /** Added while it was worked on. */
  readonly #dirty = new Set<K>();
  readonly #delayed = new Map<K, { due: number; cancel: () => void }>();
  readonly #failures = new Map<K, number>();
  #wake: (() => void) | undefined;

  constructor({
    name,
    log,
    metrics,
    clock = systemClock,
    random = Math.random,
    ...limits
  }: WorkQueueOptions) {
    this.name = name;
    this.#log = log;
    this.#metrics = metrics;
    this.#clock = clock;
    this.#backoff = { baseMs: limits.baseDelayMs ?? 100, maxMs: limits.maxDelayMs ?? 60_000, random };
    metrics?.observe(this);
  }

  /** Keys that wait for their turn; neither those that are worked on nor those that wait for their time. */
  get depth(): number {
    return this.#waiting.size;
  }

  add(key: K): void {
    if (this.#working.has(key)) this.#dirty.add(key);
    else this.#waiting.add(key);
    this.#wake?.();
  }

  /** Adds the key after `ms`. Of two such calls for a key the earlier time holds. */
  addAfter(key: K, ms: number): void {
    if (ms <= 0) {
      this.add(key);
      return;
    }
    const due = this.#clock.monotonic() + ms;
    const planned = this.#delayed.get(key);
    if (planned !== undefined && planned.due <= due) return;
    planned?.cancel();
    const cancel = this.#clock.after(ms, () => {
      this.#delayed.delete(key);
      this.add(key);
    });
    this.#delayed.set(key, { due, cancel });
  }

  /** Adds the key after a delay that grows with every call, until `forget`. */
  addRateLimited(key: K): void {
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    this.#metrics?.retried(this.name);
    this.addAfter(key, backoffMs(failures, this.#backoff));
  }

  /** The key has succeeded: its next retry is a first one. */
  forget(key: K): void {
    this.#failures.delete(key);
  }

  /** How often the key has failed since it last succeeded. */
  failures(key: K): number {
    return this.#failures.get(key) ?? 0;
  }

  /** Works until the signal is aborted and what was begun is done. Keys added before it runs wait for it. */
  async run({ reconcile, concurrency = 1, signal }: RunOptions<K>): Promise<void> {
    const running = new Set<Promise<void>>();
    const wake = () => this.#wake?.();
    signal.addEventListener('abort', wake, { once: true });
    while (!signal.aborted) {
      const key = running.size < concurrency ? this.#take() : undefined;
      if (key === undefined) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        continue;
      }
      const work = this.#work(key.value, reconcile, signal).finally(() => {
        running.delete(work);
        this.#wake?.();
      });
      running.add(work);
    }
    signal.removeEventListener('abort', wake);
    for (const { cancel } of this.#delayed.values()) cancel();
    this.#delayed.clear();
    await Promise.all(running);
  }

  #take(): { value: K } | undefined {
    for (const value of this.#waiting) {
      this.#waiting.delete(value);
      this.#working.add(value);
      return { value };
    }
    return undefined;
  }

  async #work(key: K, reconcile: RunOptions<K>['reconcile'], signal: AbortSignal): Promise<void> {
    try {
      const outcome = await reconcile(key, signal);
      this.forget(key);
      if (outcome !== undefined) this.addAfter(key, outcome.requeueAfterMs);
    } catch (err) {
      if (!signal.aborted) {
        this.#log.warn({ err, queue: this.name, key }, 'reconciliation failed and will be tried again');
        this.addRateLimited(key);
      }
    } finally {
      this.#working.delete(key);
      if (this.#dirty.delete(key)) this.add(key);
    }
  }
}
