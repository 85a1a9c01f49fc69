import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SharedValues } from './shared-values.ts';

describe('SharedValues', () => {
  it('gives equal values one object', () => {
    const values = new SharedValues(10);
    const first = values.share({ app: 'api', hash: '1' });
    expect(values.share({ app: 'api', hash: '1' })).toBe(first);
    expect(values.share({ app: 'api', hash: '2' })).not.toBe(first);
  });

  it('forgets the values that were used least recently', () => {
    const values = new SharedValues(2);
    const [a, b] = [values.share(['a']), values.share(['b'])];
    values.share(['a']);
    values.share(['c']);
    expect(values.share(['a'])).toBe(a);
    expect(values.share(['b'])).not.toBe(b);
  });

  it('gives every caller what is equal to its own value', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), (all) => {
        const values = new SharedValues(5);
        for (const each of all) expect(JSON.stringify(values.share(each))).toBe(JSON.stringify(each));
      }),
    );
  });
});
