import { setImmediate as nextTurn } from 'node:timers/promises';
import { type KubeMetrics, type Precedence, WorkQueue } from '../kube/index.ts';
import type { Log } from '../telemetry/index.ts';
import { type Clock, inTurns } from '../time/index.ts';
import type { Controller, Reconciler, Stage } from './controller.ts';
import type { ControllerMetrics } from './metrics.ts';

export interface LoopOptions {
  log: Log;
  clock: Clock;
  queueMetrics: KubeMetrics['queue'];
  metrics: Pick<ControllerMetrics, 'reconciled'>;
}

interface Loop<Args extends readonly unknown[]> {
  controller: Controller<Args>;
  queue: WorkQueue;
  reconciler: Reconciler;
}

/**
 * The work queues of the controllers, and the loops that work on them. The queues live as long as the process, so that
 * their metrics exist on every replica; the loops run while this replica leads.
 */
export class ReconcileLoops<Args extends readonly unknown[]> {
  readonly #options: LoopOptions;
  readonly #loops: readonly { controller: Controller<Args>; queue: WorkQueue }[];

  constructor(controllers: readonly Controller<Args>[], options: LoopOptions) {
    this.#options = options;
    const { log, clock, queueMetrics: metrics } = options;
    this.#loops = controllers.map((controller) => {
      return { controller, queue: new WorkQueue({ name: controller.name, log, clock, metrics }) };
    });
  }

  /** The work that Events wait for. */
  get aheadOfEvents(): Precedence[] {
    return [...this.#queuesOf('enclose'), ...this.#queuesOf('report')];
  }

  #queuesOf(stage: Stage): WorkQueue[] {
    return this.#loops.flatMap(({ controller, queue }) => (controller.stage === stage ? [queue] : []));
  }

  /** Creates every reconciler, starts its watches, and reconciles until the signal is aborted and all work is done. */
  async run(args: Args, signal: AbortSignal): Promise<void> {
    const loops = this.#loops.map((loop) => ({ ...loop, reconciler: loop.controller.create(...args) }));
    const stops: (() => void)[] = [];
    await inTurns(startWatches(loops, stops));
    await Promise.all(await this.#startEach(loops, signal));
    for (const stop of stops) stop();
    for (const { reconciler } of loops) reconciler.end?.();
  }

  /** One in each turn of the event loop, since each first reconciles what is due for as long as a turn may take. */
  async #startEach(loops: readonly Loop<Args>[], signal: AbortSignal): Promise<Promise<void>[]> {
    const running: Promise<void>[] = [];
    for (const loop of loops) {
      running.push(this.#reconcile(loop, signal));
      await nextTurn();
    }
    return running;
  }

  #reconcile({ controller, queue, reconciler }: Loop<Args>, signal: AbortSignal): Promise<void> {
    const { metrics } = this.#options;
    return queue.run({
      signal,
      concurrency: controller.concurrency,
      after: controller.stage === 'report' ? this.#queuesOf('enclose') : [],
      reconcile: async (key) => {
        try {
          const outcome = await reconciler.reconcile(key, signal);
          metrics.reconciled(controller.name, 'done');
          return outcome;
        } catch (error) {
          metrics.reconciled(controller.name, 'failed');
          throw error;
        }
      },
    });
  }
}

/** Starts the watches; each step is a part of what the source of one holds. `stops` gets what ends them. */
function* startWatches(
  loops: readonly { reconciler: Reconciler; queue: WorkQueue }[],
  stops: (() => void)[],
): Generator<void> {
  for (const { reconciler, queue } of loops) {
    for (const each of reconciler.watches) {
      const { stop, replay } = each.start(queue);
      stops.push(stop);
      yield;
      yield* replay;
    }
  }
}
