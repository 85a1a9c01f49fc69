import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { silentLog } from '../telemetry/index.ts';
import { FakeClock, settle } from '../time/fake-clock.ts';
import { systemClock } from '../time/index.ts';
import { type ReconcileResult, WorkQueue } from './work-queue.ts';

/** A queue whose reconciliations end when the test says so. */
function start({ concurrency = 1, after = [] as WorkQueue[] } = {}) {
  const clock = new FakeClock();
  const queue = new WorkQueue({ name: 'test', log: silentLog, clock, random: () => 0 });
  const stop = new AbortController();
  const begun: string[] = [];
  const working = new Map<string, PromiseWithResolvers<ReconcileResult>>();
  const reconcile = (key: string) => {
    expect(working.has(key), `${key} is reconciled twice at the same time`).toBe(false);
    begun.push(key);
    const work = Promise.withResolvers<ReconcileResult>();
    working.set(key, work);
    return work.promise.finally(() => working.delete(key));
  };
  const ended = queue.run({ reconcile, concurrency, after, signal: stop.signal });
  const finish = async (key: string, outcome?: ReconcileResult) => {
    working.get(key)?.resolve(outcome);
    await settle();
  };
  const fail = async (key: string) => {
    working.get(key)?.reject(new Error('no'));
    await settle();
  };
  onTestFinished(async () => {
    stop.abort();
    for (const work of working.values()) work.resolve(undefined);
    await ended;
  });
  return { queue, clock, stop, begun, finish, fail, ended };
}

describe('WorkQueue', () => {
  it('holds a waiting key once', async () => {
    const { queue, begun, finish } = start();
    for (const key of ['a', 'b', 'a', 'b']) queue.add(key);
    expect(queue.depth).toBe(2);
    await settle();
    await finish('a');
    await finish('b');
    expect(begun).toEqual(['a', 'b']);
  });

  it('lets other work be done between reconciliations that wait for nothing', async () => {
    let elapsed = 0;
    const clock = { ...systemClock, monotonic: () => elapsed };
    const queue = new WorkQueue({ name: 'test', log: silentLog, clock });
    const stop = new AbortController();
    const done: string[] = [];
    for (const key of ['a', 'b', 'c', 'd']) queue.add(key);
    const reconcile = async (key: string) => {
      elapsed += 6;
      done.push(key);
      setImmediate(() => done.push('other work'));
      return undefined;
    };
    const ended = queue.run({ reconcile, signal: stop.signal });
    await settle();
    stop.abort();
    await ended;
    expect(done.indexOf('other work')).toBe(2);
    expect(done.filter((each) => each !== 'other work')).toEqual(['a', 'b', 'c', 'd']);
  });

  it('never reconciles a key twice at the same time, and once more if it was added meanwhile', async () => {
    const { queue, begun, finish } = start({ concurrency: 4 });
    queue.add('a');
    await settle();
    queue.add('a');
    queue.add('a');
    await settle();
    expect(begun).toEqual(['a']);
    await finish('a');
    expect(begun).toEqual(['a', 'a']);
    await finish('a');
    expect(begun).toEqual(['a', 'a']);
  });

  it('reconciles as many keys in parallel as allowed', async () => {
    const { queue, begun, finish } = start({ concurrency: 2 });
    for (const key of ['a', 'b', 'c']) queue.add(key);
    await settle();
    expect(begun).toEqual(['a', 'b']);
    await finish('b');
    expect(begun).toEqual(['a', 'b', 'c']);
  });

  it('retries a failing key with growing delays, which a success resets', async () => {
    const { queue, clock, fail, finish } = start();
    queue.add('a');
    await settle();
    const delays: (number | undefined)[] = [];
    for (let attempt = 0; attempt < 12; attempt += 1) {
      await fail('a');
      delays.push(clock.pending[0]);
      await clock.advance(clock.pending[0] ?? 0);
    }
    expect(delays).toEqual([50, 100, 200, 400, 800, 1600, 3200, 6400, 12800, 25600, 30000, 30000]);
    expect(queue.failures('a')).toBe(12);
    await finish('a');
    expect(queue.failures('a')).toBe(0);
  });

  it('survives a reconcile function that throws before it returns', async () => {
    const clock = new FakeClock();
    const queue = new WorkQueue({ name: 'test', log: silentLog, clock });
    const stop = new AbortController();
    const reconcile = vi.fn(() => {
      throw new Error('immediately');
    });
    const ended = queue.run({ reconcile, signal: stop.signal });
    queue.add('a');
    await settle();
    expect(queue.failures('a')).toBe(1);
    stop.abort();
    await ended;
  });

  it('reconciles a key again after the time that its reconciliation returns', async () => {
    const { queue, clock, begun, finish } = start();
    queue.add('a');
    await settle();
    await finish('a', { requeueAfterMs: 60_000 });
    await clock.advance(59_999);
    expect(begun).toEqual(['a']);
    await clock.advance(1);
    expect(begun).toEqual(['a', 'a']);
  });

  it('keeps the earlier of two planned times for a key', async () => {
    const { queue, clock, begun } = start();
    queue.addAfter('a', 100);
    queue.addAfter('a', 200);
    queue.addAfter('a', 50);
    expect(clock.pending).toEqual([50]);
    await clock.advance(300);
    expect(begun).toEqual(['a']);
  });

  it('takes no key while a queue that goes ahead has keys that are due or in reconciliation', async () => {
    const ahead = start();
    const { queue, begun } = start({ after: [ahead.queue] });
    ahead.queue.add('policy');
    ahead.queue.add('another policy');
    queue.add('status');
    await settle();
    await ahead.finish('policy');
    expect(begun).toEqual([]);
    await ahead.finish('another policy');
    expect(begun).toEqual(['status']);
  });

  it('does not wait for a key that failed, until it is tried again', async () => {
    const ahead = start();
    const { queue, begun, finish } = start({ after: [ahead.queue] });
    ahead.queue.add('policy');
    queue.add('status');
    await settle();
    await ahead.fail('policy');
    expect(begun).toEqual(['status']);
    await finish('status');
    await ahead.clock.advance(100);
    queue.add('another status');
    await settle();
    expect(begun).toEqual(['status']);
    await ahead.finish('policy');
    expect(begun).toEqual(['status', 'another status']);
  });

  it('waits for a queue ahead only as long as it runs itself', async () => {
    const ahead = start();
    const { queue, stop, begun, ended } = start({ after: [ahead.queue] });
    ahead.queue.add('policy');
    queue.add('status');
    await settle();
    stop.abort();
    await ended;
    await ahead.finish('policy');
    expect(begun).toEqual([]);
  });

  it('ends after an abort and the running reconciliations, and plans nothing more', async () => {
    const { queue, clock, stop, begun, finish, ended } = start();
    queue.add('a');
    queue.add('b');
    queue.addAfter('c', 10);
    await settle();
    stop.abort();
    await finish('a');
    await ended;
    expect(begun).toEqual(['a']);
    expect(clock.pending).toEqual([]);
  });
});
