import { describe, expect, it, onTestFinished } from 'vitest';
import { createKubeMetrics } from '../kube/index.ts';
import { createMetrics, silentLog } from '../telemetry/index.ts';
import { FakeClock, settle } from '../time/fake-clock.ts';
import { type Controller, type Stage, watch } from './controller.ts';
import { createControllerMetrics } from './metrics.ts';
import { ReconcileLoops } from './reconcile-loops.ts';
import { Notifier } from './state/notifier.ts';

/** Controllers of each stage, which reconcile a key when it is enqueued, and end when the test says so. */
async function lead() {
  const metrics = createMetrics();
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
  const loops = new ReconcileLoops(
    [controllerOf('statuses', 'report'), controllerOf('others'), controllerOf('policies', 'enclose')],
    {
      log: silentLog,
      clock: new FakeClock(),
      queueMetrics: createKubeMetrics(metrics.registry).queue,
      metrics: createControllerMetrics(metrics),
    },
  );
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
});
