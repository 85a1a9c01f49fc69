import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Log } from '../telemetry/index.ts';
import { backoffMs, type Clock, systemClock } from '../time/index.ts';
import type { QueueMetrics } from './metrics.ts';

/** Result of a reconciliation: undefined if done, otherwise the time until the next one. Failures are thrown. */
export type ReconcileResult = { requeueAfterMs: number } | undefined;

export interface WorkQueueOptions {
  /** For logs and metrics. */
  name: string;
  log: Log;
  metrics?: QueueMetrics;
  clock?: Clock;
  random?: () => number;
  /** Milliseconds before the first retry of a key; default 100. */
  baseDelayMs?: number;
  /** Longest delay before a retry, milliseconds; default 60,000. */
  maxDelayMs?: number;
}

/** Work that goes ahead of other work. */
export interface Precedence {
  readonly isBusy: boolean;
  /** Calls the listener each time when the work is done for now; the result unsubscribes. */
  onIdle(listener: () => void): () => void;
}

export interface WorkQueueRunOptions<K> {
  reconcile: (key: K, signal: AbortSignal) => Promise<ReconcileResult>;
  /** Keys that are reconciled in parallel; default 1. */
  concurrency?: number;
  /** A key is taken only while none of these is busy. */
  after?: readonly Precedence[];
  signal: AbortSignal;
}

/** Milliseconds of reconciliations in one turn of the event loop. */
const TURN = 10;

/**
 * A queue of keys with client-go's guarantees: a key waits at most once and is never reconciled twice at the same time;
 * a key added during its reconciliation is reconciled once more afterwards; a key that fails is retried with
 * exponential back-off until it succeeds.
 */
export class WorkQueue<K = string> implements Precedence {
  readonly name: string;
  readonly #log: Log;
  readonly #metrics: QueueMetrics | undefined;
  readonly #clock: Clock;
  readonly #backoff: { baseMs: number; maxMs: number; random: () => number };
  /** Keys that are due, first in first out. */
  readonly #waiting = new Set<K>();
  readonly #working = new Set<K>();
  /** Keys added during their reconciliation. */
  readonly #dirty = new Set<K>();
  readonly #delayed = new Map<K, { due: number; cancel: () => void }>();
  readonly #failures = new Map<K, number>();
  readonly #idleListeners = new Set<() => void>();
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

  /** Number of keys that are due; excludes keys in reconciliation and delayed keys. */
  get depth(): number {
    return this.#waiting.size;
  }

  /** Keys that are due or in reconciliation. One that failed does not count until its next attempt: it blocks nothing. */
  get isBusy(): boolean {
    return this.#waiting.size > 0 || this.#working.size > 0;
  }

  onIdle(listener: () => void): () => void {
    this.#idleListeners.add(listener);
    return () => this.#idleListeners.delete(listener);
  }

  add(key: K): void {
    if (this.#working.has(key)) this.#dirty.add(key);
    else this.#waiting.add(key);
    this.#wake?.();
  }

  /** Adds the key after `ms`. Of two planned times for a key, the earlier one counts. */
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

  /** Adds the key after a delay that grows with every call until `forget`. */
  addRateLimited(key: K): void {
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    this.#metrics?.retried(this.name);
    this.addAfter(key, backoffMs(failures, this.#backoff));
  }

  /** Resets the back-off of a key. */
  forget(key: K): void {
    this.#failures.delete(key);
  }

  /** Number of failures of a key since its last success. */
  failures(key: K): number {
    return this.#failures.get(key) ?? 0;
  }

  /** Reconciles keys until the signal is aborted, then waits for running reconciliations. Keys may be added before. */
  async run({ reconcile, concurrency = 1, after = [], signal }: WorkQueueRunOptions<K>): Promise<void> {
    const running = new Set<Promise<void>>();
    const wake = () => this.#wake?.();
    const isFree = () => running.size < concurrency && !after.some(({ isBusy }) => isBusy);
    let turn = this.#clock.monotonic();
    signal.addEventListener('abort', wake, { once: true });
    const stops = after.map((ahead) => ahead.onIdle(wake));
    while (!signal.aborted) {
      const key = isFree() ? this.#take() : undefined;
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
      // Reconciliations that wait for no answer would all follow each other in this turn.
      if (this.#clock.monotonic() - turn < TURN) continue;
      await nextTurn();
      turn = this.#clock.monotonic();
    }
    signal.removeEventListener('abort', wake);
    for (const stop of stops) stop();
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

  async #work(key: K, reconcile: WorkQueueRunOptions<K>['reconcile'], signal: AbortSignal): Promise<void> {
    try {
      const outcome = await reconcile(key, signal);
      this.forget(key);
      if (outcome !== undefined) this.addAfter(key, outcome.requeueAfterMs);
    } catch (err) {
      if (!signal.aborted) {
        this.#log.warn({ err, queue: this.name, key }, 'reconciliation failed and will be retried');
        this.addRateLimited(key);
      }
    } finally {
      this.#working.delete(key);
      if (this.#dirty.delete(key)) this.add(key);
      if (!this.isBusy) for (const listener of this.#idleListeners) listener();
    }
  }
}
