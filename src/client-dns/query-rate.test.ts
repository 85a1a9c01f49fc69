import { describe, expect, it } from 'vitest';
import { QUERIES_PER_SECOND, QueryRate } from './query-rate.ts';

describe('QueryRate', () => {
  it("limits one client and leaves the others' queries alone", () => {
    let now = 0;
    const rate = new QueryRate({ monotonic: () => now });
    const taken = (client: string, wanted: number) =>
      Array.from({ length: wanted }, () => rate.take(client)).filter(Boolean).length;
    expect(taken('a', 5000)).toBe(QUERIES_PER_SECOND);
    expect(taken('b', 10)).toBe(10);
    now += 500;
    expect(taken('a', 5000)).toBe(QUERIES_PER_SECOND / 2);
    now += 10_000;
    expect(taken('a', 5000)).toBe(QUERIES_PER_SECOND);
  });

  it('admits as many a second during a flood, which does not take what comes back', () => {
    let now = 0;
    const rate = new QueryRate({ monotonic: () => now });
    let admitted = 0;
    // Four queries a millisecond for three seconds.
    for (; now < 3000; now += 0.25) admitted += Number(rate.take('a'));
    expect(admitted).toBeGreaterThanOrEqual(QUERIES_PER_SECOND * 3.9);
    expect(admitted).toBeLessThanOrEqual(QUERIES_PER_SECOND * 4);
  });
});
