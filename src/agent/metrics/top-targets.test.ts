import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Counted, OTHER, TopTargets } from './top-targets.ts';

describe('TopTargets', () => {
  it('names the first, and counts the rest as one', () => {
    const targets = new TopTargets({ size: 2 });
    expect(['a', 'b', 'c', 'a'].map((target) => targets.count(target).as)).toEqual(['a', 'b', OTHER, 'a']);
  });

  it('gives the place of the smallest to a target that has grown past it', () => {
    const targets = new TopTargets({ size: 2, period: 10 });
    for (const target of ['big', 'big', 'small']) targets.count(target);
    const counted = Array.from({ length: 11 }, () => targets.count('riser'));
    expect(counted.slice(0, 9)).toEqual(Array(9).fill({ as: OTHER }));
    expect(counted.slice(9)).toEqual([{ as: OTHER, dropped: 'small' }, { as: 'riser' }]);
    expect([targets.count('big').as, targets.count('small').as]).toEqual(['big', OTHER]);
  });

  it('keeps places if no other target is much larger', () => {
    const targets = new TopTargets({ size: 1, period: 4 });
    for (let count = 0; count < 4; count += 1) targets.count('a');
    const counted = ['b', 'b', 'b', 'b'].map((target) => targets.count(target));
    expect(counted.some(({ dropped }) => dropped !== undefined)).toBe(false);
  });

  it('never has more names than its limit', () => {
    const names = fc.array(fc.integer({ min: 0, max: 30 }).map(String), { maxLength: 400 });
    const namesNow = (live: ReadonlySet<string>, { as, dropped }: Counted) =>
      new Set([...live, as].filter((name) => name !== OTHER && name !== dropped));
    fc.assert(
      fc.property(names, (targetNames) => {
        const targets = new TopTargets({ size: 3, candidates: 5, period: 7 });
        let live: ReadonlySet<string> = new Set();
        for (const target of targetNames) {
          live = namesNow(live, targets.count(target));
          expect(live.size).toBeLessThanOrEqual(3);
        }
      }),
    );
  });
});
