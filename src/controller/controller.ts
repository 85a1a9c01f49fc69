import type { ReconcileResult, Subscription, WorkQueue } from '../kube/index.ts';

/**
 * One controller: what wakes it and what it does. The name is that of its work queue, in logs and metrics. `create` is
 * called whenever this replica becomes the leader, so that whatever state it creates lives as long as the leadership.
 */
export interface Controller<Args extends readonly unknown[] = []> {
  readonly name: string;
  /** Keys that are reconciled at the same time. */
  readonly concurrency: number;
  /** Undefined: it neither waits for other controllers nor lets them wait. */
  readonly stage?: Stage;
  create(...args: Args): Reconciler;
}

/**
 * What closes a namespace goes ahead of what tells about it: while keys of a controller that encloses are due, those of a
 * controller that reports wait. Events wait for both.
 */
export type Stage = 'enclose' | 'report';

/** A key is `namespace/name`, `name` for a cluster-scoped object, or ALL where there is only one thing to reconcile. */
export interface Reconciler {
  /** Everything that enqueues a key from outside. */
  readonly watches: readonly Watch[];
  /** Compares what is desired with what exists and writes the difference. A rejection is retried with back-off. */
  reconcile(key: string, signal: AbortSignal): Promise<ReconcileResult>;
  /** Called at the end of the leadership, after the last reconciliation. */
  end?(): void;
}

/** Something that reports changes: a reflector, or a state that another controller writes. */
export interface Watchable<C> {
  /** Calls the listener for each change; the result unsubscribes. A reflector first reports what it holds as added. */
  subscribe(listener: (change: C) => void): () => void;
  /** As `subscribe`, where the source can hold very many objects. */
  subscribeInSteps?(listener: (change: C) => void): Subscription;
}

export interface Watch {
  /** Begins to enqueue. */
  start(queue: Pick<WorkQueue, 'add' | 'addAfter'>): Subscription;
}

export interface WatchOptions {
  /** Milliseconds in which several changes become one reconciliation; default 0. */
  settleMs?: number;
}

/** Enqueues the keys that `keysOf` derives from each change of the source. */
export function watch<C>(
  source: Watchable<C>,
  keysOf: (change: C) => Iterable<string>,
  { settleMs = 0 }: WatchOptions = {},
): Watch {
  return {
    start: (queue) =>
      subscribeTo(source, (change) => {
        for (const key of keysOf(change)) {
          if (settleMs > 0) queue.addAfter(key, settleMs);
          else queue.add(key);
        }
      }),
  };
}

/** Enqueues the key once, when the leadership begins. */
export function atStart(key: string): Watch {
  return {
    start: (queue) => {
      queue.add(key);
      return { stop: () => {}, replay: [] };
    },
  };
}

/** Passes each change of the source to a state of the controller and enqueues nothing. */
export function follow<C>(source: Watchable<C>, listener: (change: C) => void): Watch {
  return { start: () => subscribeTo(source, listener) };
}

/** Subscribes in steps where the source has them. */
export function subscribeTo<C>(source: Watchable<C>, listener: (change: C) => void): Subscription {
  return source.subscribeInSteps?.(listener) ?? { stop: source.subscribe(listener), replay: [] };
}

/**
 * The result of the work, or a rejection as soon as the signal is aborted. For work that waits for the network: the
 * next leader must not wait for it.
 */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const end = () => reject(signal.reason);
  signal.addEventListener('abort', end, { once: true });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', end);
  }
}
