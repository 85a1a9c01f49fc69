import { describe, expect, test } from 'vitest';
import type { Clock } from '../../time/index.ts';
import { AgentGenerations, generationState, type Replica } from './agent-generations.ts';

const replica: Replica = {
  uid: 'pod-1',
  address: '10.0.0.1',
  name: 'egress-proxy/squid-1',
  serverName: 'squid',
};
const settle = () => new Promise((resolve) => setImmediate(resolve));

/** A clock that fires nothing by itself: `fire` fires the earliest timer and resolves with its delay. */
function manualClock() {
  const timers: { ms: number; fire: () => void }[] = [];
  const clock: Clock = {
    now: () => 0,
    monotonic: () => 0,
    after(ms, fire) {
      const timer = { ms, fire };
      timers.push(timer);
      return () => void timers.splice(timers.indexOf(timer), 1);
    },
  };
  const fire = async () => {
    const timer = timers.shift();
    timer?.fire();
    await settle();
    return timer?.ms;
  };
  return { clock, fire, timers };
}

function setUp() {
  const life = new AbortController();
  const { clock, fire, timers } = manualClock();
  const state = { generations: new Map<string, number>(), asked: 0, failure: undefined as Error | undefined };
  const notified: string[][] = [];
  const generations = new AgentGenerations({
    ask: async () => {
      state.asked += 1;
      if (state.failure) throw state.failure;
      return new Map(state.generations);
    },
    signal: life.signal,
    clock,
  });
  generations.subscribe((waiters) => notified.push(waiters.map(({ key }) => key)));
  const wait = (key: string) => generations.wait(replica, { controller: 'ruleSets', key });
  return { generations, wait, state, notified, fire, timers, life };
}

describe('AgentGenerations', () => {
  test('no agent is asked while there is no waiter', async () => {
    const { generations, state } = setUp();
    expect(generations.answer('pod-1')).toEqual({ kind: 'unasked' });
    await settle();
    expect(state.asked).toBe(0);
  });

  test('one request serves all waiters', async () => {
    const { wait, state, notified } = setUp();
    for (const waiter of ['a', 'b', 'c']) wait(waiter);
    await settle();
    expect(state.asked).toBe(1);
    expect(notified).toEqual([['a', 'b', 'c']]);
  });

  test('asks again, later and later, until the answer changes', async () => {
    const { generations, wait, state, notified, fire, timers } = setUp();
    wait('a');
    await settle();
    wait('a');
    await settle();
    const delays = [await fire(), await fire(), await fire()];
    expect(delays).toEqual([100, 160, 256]);
    expect(notified).toHaveLength(1);
    state.generations.set('set-1', 2);
    await fire();
    expect(notified).toHaveLength(2);
    expect(timers).toEqual([]);
    expect(generationState(generations.answer('pod-1'), [{ uid: 'set-1', generation: 2 }])).toBe('current');
    expect(generationState(generations.answer('pod-1'), [{ uid: 'set-1', generation: 3 }])).toBe('outdated');
    const both = (group: number) => [
      { uid: 'set-1', generation: 2 },
      { uid: 'group-1', generation: group },
    ];
    expect(generationState(generations.answer('pod-1'), both(1))).toBe('outdated');
    state.generations.set('group-1', 1);
    wait('a');
    await settle();
    expect(generationState(generations.answer('pod-1'), both(1))).toBe('current');
  });

  test('a failure is a change of the answer, and the agent is asked again', async () => {
    const { generations, wait, state, notified, fire } = setUp();
    state.failure = new Error('connect ECONNREFUSED');
    wait('a');
    await settle();
    expect(notified).toEqual([['a']]);
    expect(generationState(generations.answer('pod-1'), [{ uid: 'x', generation: 1 }])).toBe('unreachable');
    wait('a');
    await settle();
    state.failure = undefined;
    await fire();
    expect(notified).toEqual([['a'], ['a']]);
  });

  test('a deleted replica is forgotten and not asked any more', async () => {
    const { generations, wait, timers } = setUp();
    wait('a');
    await settle();
    wait('a');
    await settle();
    generations.retain(new Set());
    expect(timers).toEqual([]);
    expect(generations.answer('pod-1')).toEqual({ kind: 'unasked' });
  });

  test('ends with its signal', async () => {
    const { wait, state, life, timers } = setUp();
    wait('a');
    await settle();
    life.abort();
    wait('b');
    await settle();
    expect(state.asked).toBe(1);
    expect(timers).toEqual([]);
  });
});
