import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../time/fake-clock.ts';
import { CircuitBreaker } from './circuit-breaker.ts';

const clock = new FakeClock();
const fail = (breaker: CircuitBreaker, key: string, times: number) => {
  for (let time = 0; time < times; time += 1) breaker.failed(key);
};

describe('CircuitBreaker', () => {
  it('admits everything until a key has failed eight times in a row', () => {
    const breaker = new CircuitBreaker(clock);
    fail(breaker, 'a', 7);
    breaker.answered('a');
    fail(breaker, 'a', 7);
    expect(breaker.admits('a')).toBe(true);
    breaker.failed('a');
    expect(breaker.admits('a')).toBe(false);
    expect(breaker.admits('b')).toBe(true);
  });

  it('admits one try of a silent key in each pause', async () => {
    const breaker = new CircuitBreaker(clock);
    fail(breaker, 'a', 8);
    await clock.advance(1999);
    expect(breaker.admits('a')).toBe(false);
    await clock.advance(1);
    expect([breaker.admits('a'), breaker.admits('a')]).toEqual([true, false]);
    await clock.advance(2000);
    expect(breaker.admits('a')).toBe(true);
  });

  it('ends the silence with the first answer', () => {
    const breaker = new CircuitBreaker(clock);
    fail(breaker, 'a', 20);
    breaker.answered('a');
    expect(breaker.admits('a')).toBe(true);
    expect(breaker.size).toBe(0);
  });

  it('forgets the key that failed longest ago beyond its capacity', () => {
    const breaker = new CircuitBreaker(clock, 2);
    for (const key of ['a', 'b', 'a', 'c']) fail(breaker, key, 8);
    expect(breaker.size).toBe(2);
    expect(breaker.admits('b')).toBe(true);
    expect([breaker.admits('a'), breaker.admits('c')]).toEqual([false, false]);
  });
});
