import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RATE_WAIT_MS } from '../../proxy/index.ts';
import { RequestRate } from './request-rate.ts';

const rate = { perSecond: 10, burst: 5 };
const pauses = fc.array(fc.nat(500), { minLength: 1, maxLength: 300 });

/** When each request that is not rejected is decided, for requests with these pauses before them. */
function decided(waits: readonly number[]): number[] {
  const measured = new RequestRate();
  const times: number[] = [];
  let now = 0;
  for (const pause of waits) {
    now += pause;
    const wait = measured.take(rate, now);
    if (wait !== undefined) times.push(now + wait);
  }
  return times;
}

describe('RequestRate', () => {
  it('lets a burst pass, then one request each interval, and rejects what would wait too long', () => {
    const measured = new RequestRate();
    const waits = Array.from({ length: 17 }, () => measured.take(rate, 1000));
    expect(waits).toEqual([
      0,
      0,
      0,
      0,
      0,
      100,
      200,
      300,
      400,
      500,
      600,
      700,
      800,
      900,
      1000,
      undefined,
      undefined,
    ]);
  });

  it('has the whole burst again after a pause', () => {
    const measured = new RequestRate();
    for (let count = 0; count < 5; count += 1) measured.take(rate, 0);
    expect(measured.used(rate, 0)).toBe(1);
    expect(measured.used(rate, 500)).toBe(0);
    expect(Array.from({ length: 6 }, () => measured.take(rate, 500))).toEqual([0, 0, 0, 0, 0, 100]);
  });

  it('never decides more in any time than the burst and the rate allow', () => {
    fc.assert(
      fc.property(pauses, (waits) => {
        const times = decided(waits).toSorted((a, b) => a - b);
        // What is decided from the first of some to the last of them; the one after a whole burst comes later.
        const most = (from: number, to: number) => rate.burst + ((to - from) * rate.perSecond) / 1000 + 1e-6;
        const spans = times.flatMap((from, first) =>
          times.slice(first).map((to, more) => more + 1 - most(from, to)),
        );
        expect(Math.max(0, ...spans)).toBe(0);
      }),
    );
  });

  it('delays no namespace that keeps to the rate, and none for longer than RATE_WAIT_MS', () => {
    fc.assert(
      fc.property(pauses, (waits) => {
        const measured = new RequestRate();
        let now = 0;
        for (const pause of waits) {
          now += 100 + pause;
          expect(measured.take(rate, now)).toBe(0);
        }
        for (let count = 0; count < 100; count += 1)
          expect(measured.take(rate, now) ?? 0).toBeLessThanOrEqual(RATE_WAIT_MS);
      }),
    );
  });

  it('counts charged requests, and forgives the debt', () => {
    const measured = new RequestRate();
    for (let count = 0; count < 10_000; count += 1) measured.charge(rate, 0);
    expect(measured.take(rate, 0)).toBeUndefined();
    expect(measured.take(rate, RATE_WAIT_MS)).toBe(100);
    expect(measured.take(rate, RATE_WAIT_MS + 600)).toBe(0);
  });
});
