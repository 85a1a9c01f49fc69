import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BodyBudget } from './body-budget.ts';

describe('BodyBudget', () => {
  it('lets a source hold the total while it is alone', () => {
    const budget = new BodyBudget(100);
    expect(budget.reserve('a', 60)).toBe(true);
    expect(budget.reserve('a', 40)).toBe(true);
    expect(budget.reserve('a', 1)).toBe(false);
    budget.release('a', 40);
    expect(budget.reserve('a', 1)).toBe(true);
  });

  it('admits the first body of another source however much the others hold, and then an equal share', () => {
    const budget = new BodyBudget(100);
    budget.reserve('a', 100);
    expect(budget.reserve('b', 30)).toBe(true);
    expect(budget.reserve('b', 20)).toBe(true);
    expect(budget.reserve('b', 1)).toBe(false);
    expect(budget.reserve('a', 1)).toBe(false);
  });

  it('holds at most the total and one body of each source, and nothing when all have ended', () => {
    const body = fc.record({
      source: fc.constantFrom('a', 'b', 'c', 'd'),
      bytes: fc.integer({ min: 1, max: 50 }),
    });
    fc.assert(
      fc.property(fc.array(body, { maxLength: 60 }), (bodies) => {
        const budget = new BodyBudget(100);
        const admitted = bodies.filter(({ source, bytes }) => budget.reserve(source, bytes));
        expect(budget.held).toBeLessThanOrEqual(100 + 4 * 50);
        for (const { source, bytes } of admitted) budget.release(source, bytes);
        expect(budget.held).toBe(0);
      }),
    );
  });
});
