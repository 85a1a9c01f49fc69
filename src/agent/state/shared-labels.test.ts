import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SharedLabels } from './shared-labels.ts';

describe('SharedLabels', () => {
  it('gives the pods of a workload one object', () => {
    const shared = new SharedLabels();
    const first = shared.share({ app: 'api', hash: '1' });
    expect(shared.share({ app: 'api', hash: '1' })).toBe(first);
    expect(shared.share({ app: 'api', hash: '2' })).not.toBe(first);
  });

  it('gives every pod its own labels', () => {
    const labels = fc.dictionary(fc.string({ maxLength: 2 }), fc.string({ maxLength: 2 }));
    fc.assert(
      fc.property(fc.array(labels), (all) => {
        const shared = new SharedLabels();
        for (const each of all) expect(shared.share(each)).toEqual(each);
      }),
    );
  });
});
