import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MOST_CHARACTERS, MOST_ENTRIES, readAnnotation } from './no-proxy-annotation.ts';

const names = (count: number, name = (at: number) => `n${at}`) =>
  Array.from({ length: count }, (_, at) => name(at));

describe('readAnnotation', () => {
  it.each([
    ['no annotation', undefined, [], false],
    ['one entry', 'a.example', ['a.example'], false],
    ['as many entries as are read', names(MOST_ENTRIES).join(','), names(MOST_ENTRIES), false],
    ['one more', names(MOST_ENTRIES + 1).join(','), names(MOST_ENTRIES), true],
    ['60,000 entries', names(60_000).join(','), names(MOST_ENTRIES), true],
    ['one entry as long as what is read', 'a'.repeat(MOST_CHARACTERS), ['a'.repeat(MOST_CHARACTERS)], false],
    ['one longer entry', 'a'.repeat(MOST_CHARACTERS + 1), [], true],
    [
      'a last entry that ends beyond what is read',
      `first,${'a'.repeat(MOST_CHARACTERS - 10)}.example.com`,
      ['first'],
      true,
    ],
  ])('%s', (_, text, entries, isCut) => {
    expect(readAnnotation(text)).toEqual({ entries, isCut });
  });

  it('reads a prefix of the entries, whole ones alone, and all of them unless it is cut', () => {
    const entry = fc.oneof(fc.constant(''), fc.stringMatching(/^[a-z.]{0,200}$/));
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 400 }), (written) => {
        const all = written.join(',').split(',');
        const { entries, isCut } = readAnnotation(written.join(','));
        expect(entries).toEqual(all.slice(0, entries.length));
        expect(entries.length).toBeLessThanOrEqual(MOST_ENTRIES);
        expect(entries.length < all.length).toBe(isCut);
      }),
    );
  });
});
