import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MOST_LABELS, sharedLabels, trimLabels } from './trim-labels.ts';

const many = (count: number, value = 'v') =>
  Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`key-${`${index}`.padStart(5, '0')}`, value]),
  );

describe('trimLabels', () => {
  it('gives the same object while it is small enough', () => {
    const labels = many(MOST_LABELS.count);
    expect(trimLabels(labels)).toBe(labels);
  });

  it('keeps the first ones by name of too many, and the labels of the product', () => {
    const own = { 'egress.zalando.org/owner-proxy': 'egress-proxy.squid' };
    const kept = trimLabels({ ...many(10_000), ...own });
    expect(kept).toEqual({ ...own, ...many(MOST_LABELS.count - 1) });
  });

  it('keeps as many long ones as fit', () => {
    const kept = trimLabels(many(60, 'v'.repeat(1000)));
    expect(Object.keys(kept)).toHaveLength(Math.floor(MOST_LABELS.characters / 1009));
  });

  it('keeps labels as they are, whatever their order, and never more than the limits', () => {
    const name = fc.string({ unit: fc.constantFrom('a', 'b', '.', '/'), minLength: 1, maxLength: 300 });
    const labels = fc.dictionary(name, fc.string({ maxLength: 63 }), { maxKeys: 120 });
    fc.assert(
      fc.property(labels, (given) => {
        const kept = trimLabels(given);
        expect(given).toMatchObject(kept);
        const entries = Object.entries(kept);
        expect(entries.length).toBeLessThanOrEqual(MOST_LABELS.count);
        expect(entries.flat().join('').length).toBeLessThanOrEqual(MOST_LABELS.characters);
        expect(trimLabels(Object.fromEntries(Object.entries(given).reverse()))).toEqual(kept);
      }),
    );
  });
});

describe('sharedLabels', () => {
  it('gives the pods of a workload one object, and too many labels as trimLabels does', () => {
    const labels = () => ({ app: 'api', 'pod-template-hash': '1' });
    expect(sharedLabels(labels())).toBe(sharedLabels(labels()));
    expect(sharedLabels(many(200))).toEqual(trimLabels(many(200)));
  });
});
