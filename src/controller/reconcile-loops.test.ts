import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createKubeMetrics } from '../kube/index.ts';
import { createMetrics, silentLog } from '../telemetry/index.ts';
import { FakeClock, settle } from '../time/fake-clock.ts';
import { type Controller, type Stage, type Watch, watch } from './controller.ts';
import { createControllerMetrics } from './metrics.ts';
import { ReconcileLoops } from './reconcile-loops.ts';
import { Notifier } from './state/notifier.ts';

function setUp(controllers: readonly Controller[]) {
  const metrics = createMetrics();
  const loops = new ReconcileLoops(controllers, {
    log: silentLog,
    clock: new FakeClock(),
    queueMetrics: createKubeMetrics(metrics.registry).queue,
    metrics: createControllerMetrics(metrics),
  });
  return { loops };
}

/** Controllers of each stage, which reconcile a key when it is enqueued, and end when the test says so. */
async function lead() {
  const keys = new Notifier<string>();
  const order: string[] = [];
  const work = new Map<string, PromiseWithResolvers<undefined>>();
  const controllerOf = (name: string, stage?: Stage): Controller => ({
    name,
    concurrency: 2,
    ...(stage && { stage }),
    create: () => ({
      watches: [watch(keys, (key) => [key])],
      reconcile: (key) => {
        order.push(`${name} ${key}`);
        const under = Promise.withResolvers<undefined>();
        work.set(`${name} ${key}`, under);
        return under.promise;
      },
    }),
  });
  const { loops } = setUp([
    controllerOf('statuses', 'report'),
    controllerOf('others'),
    controllerOf('policies', 'enclose'),
  ]);
  const leadership = new AbortController();
  const ended = loops.run([], leadership.signal);
  onTestFinished(async () => {
    leadership.abort();
    for (const { resolve } of work.values()) resolve(undefined);
    await ended;
  });
  const finish = async (what: string) => {
    work.get(what)?.resolve(undefined);
    await settle();
  };
  await settle();
  return { keys, order, finish, isBusy: () => loops.aheadOfEvents.map(({ isBusy }) => isBusy) };
}

describe('ReconcileLoops', () => {
  it('begins to report when all that is due is enclosed, and lets Events wait for both', async () => {
    const { keys, order, finish, isBusy } = await lead();
    expect(isBusy()).toEqual([false, false]);
    for (const key of ['a', 'b', 'c']) keys.notify(key);
    await settle();
    expect(order).toEqual(['others a', 'others b', 'policies a', 'policies b']);
    await finish('policies a');
    await finish('policies b');
    expect(order.slice(4)).toEqual(['policies c']);
    await finish('policies c');
    expect(order.slice(5)).toEqual(['statuses a', 'statuses b']);
    expect(isBusy()).toEqual([false, true]);
    for (const key of ['a', 'b', 'c']) await finish(`statuses ${key}`);
    expect(isBusy()).toEqual([false, false]);
  });

  it('starts its watches in several turns of the event loop, if they take long', async () => {
    const order: string[] = [];
    const work = (name: string) => {
      // More than what one turn may take.
      for (const until = performance.now() + 11; performance.now() < until; );
      order.push(name);
    };
    function* replay(name: string): Generator<void> {
      for (const part of ['half', 'rest']) yield work(`${part} of ${name}`);
    }
    const slow = (name: string): Watch => ({
      start: () => {
        work(name);
        return { stop: () => order.push(`end of ${name}`), replay: replay(name) };
      },
    });
    const { loops } = setUp([
      {
        name: 'slow',
        concurrency: 1,
        create: () => ({ watches: [slow('one'), slow('another')], reconcile: async () => undefined }),
      },
    ]);
    const ended = loops.run([], AbortSignal.timeout(0)).then(() => true);
    const hasEnded = () => Promise.race([ended, false]);
    while (!(await hasEnded())) {
      await nextTurn();
      order.push('other work');
    }
    const steps = ['one', 'half of one', 'rest of one', 'another', 'half of another', 'rest of another'];
    // The first step is made immediately, the second in a turn that began before other work was there.
    const [first, ...later] = steps;
    expect(order.slice(0, 11)).toEqual([first, ...later.flatMap((step) => [step, 'other work'])]);
    expect(order.filter((each) => each.startsWith('end'))).toEqual(['end of one', 'end of another']);
  });
});
