import { describe, expect, test } from 'vitest';
import type { Clock } from '../../time/index.ts';
import { AgentBoard, type Replica } from './agent-board.ts';
import { standing } from './answer.ts';

const replica: Replica = {
  uid: 'pod-1',
  address: '10.0.0.1',
  name: 'egress-proxy/squid-1',
  serverName: 'squid',
};
const settle = () => new Promise((resolve) => setImmediate(resolve));

/** Fires nothing by itself: `fire` lets the earliest timer go and answers with its delay. */
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
  const told: string[][] = [];
  const board = new AgentBoard({
    ask: async () => {
      state.asked += 1;
      if (state.failure) throw state.failure;
      return new Map(state.generations);
    },
    onNews: (waiters) => told.push([...waiters]),
    signal: life.signal,
    clock,
  });
  return { board, state, told, fire, timers, life };
}

describe('AgentBoard', () => {
  test('nobody is asked when nobody waits', async () => {
    const { board, state } = setUp();
    expect(board.answer('pod-1')).toEqual({ kind: 'unasked' });
    await settle();
    expect(state.asked).toBe(0);
  });

  test('one question serves all who wait', async () => {
    const { board, state, told } = setUp();
    for (const waiter of ['a', 'b', 'c']) board.wait(replica, waiter);
    await settle();
    expect(state.asked).toBe(1);
    expect(told).toEqual([['a', 'b', 'c']]);
  });

  test('asks again, later and later, until the answer changes', async () => {
    const { board, state, told, fire, timers } = setUp();
    board.wait(replica, 'a');
    await settle();
    board.wait(replica, 'a');
    await settle();
    const delays = [await fire(), await fire(), await fire()];
    expect(delays).toEqual([100, 160, 256]);
    expect(told).toHaveLength(1);
    state.generations.set('set-1', 2);
    await fire();
    expect(told).toHaveLength(2);
    expect(timers).toEqual([]);
    expect(standing(board.answer('pod-1'), { uid: 'set-1', generation: 2 })).toBe('current');
    expect(standing(board.answer('pod-1'), { uid: 'set-1', generation: 3 })).toBe('behind');
  });

  test('an agent that fails is told of and asked again', async () => {
    const { board, state, told, fire } = setUp();
    state.failure = new Error('connect ECONNREFUSED');
    board.wait(replica, 'a');
    await settle();
    expect(told).toEqual([['a']]);
    expect(standing(board.answer('pod-1'), { uid: 'x', generation: 1 })).toBe('unreachable');
    board.wait(replica, 'a');
    await settle();
    state.failure = undefined;
    await fire();
    expect(told).toEqual([['a'], ['a']]);
  });

  test('a replica that is gone is forgotten and asked no more', async () => {
    const { board, timers } = setUp();
    board.wait(replica, 'a');
    await settle();
    board.wait(replica, 'a');
    await settle();
    board.retain(new Set());
    expect(timers).toEqual([]);
    expect(board.answer('pod-1')).toEqual({ kind: 'unasked' });
  });

  test('ends with its signal', async () => {
    const { board, state, life, timers } = setUp();
    board.wait(replica, 'a');
    await settle();
    life.abort();
    board.wait(replica, 'b');
    await settle();
    expect(state.asked).toBe(1);
    expect(timers).toEqual([]);
  });
});
