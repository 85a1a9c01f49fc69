import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { patternCovers } from './label-pattern.ts';
import { parseTarget } from './parse-target.ts';
import { TargetIndex } from './target-index.ts';

const indexOf = (texts: readonly string[]) => {
  const index = new TargetIndex<string>((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  for (const text of texts) change(index, 'add', text);
  return index;
};

function change(index: TargetIndex<string>, what: 'add' | 'remove', host: string): void {
  const parsed = parseTarget(`${host}:443`);
  if (!parsed.ok) throw new Error(host);
  index[what](parsed.target, host);
}

describe('TargetIndex, patterns within labels', () => {
  it.each<[string[], string, string | undefined]>([
    [['*-files.example.com'], 'team-files.example.com', '*-files.example.com'],
    [['*-files.example.com'], 'a.team-files.example.com', undefined],
    [['*-files.example.com'], 'files.example.com', undefined],
    [['*.dkr.ecr.*.amazonaws.com'], '1234.dkr.ecr.eu-west-1.amazonaws.com', '*.dkr.ecr.*.amazonaws.com'],
    [['*.dkr.ecr.*.amazonaws.com'], 'dkr.ecr.eu-west-1.amazonaws.com', undefined],
    [['*.dkr.ecr.*.amazonaws.com'], '1234.dkr.ecr.eu.west.amazonaws.com', undefined],
    [['*.dkr.ecr.*.amazonaws.com'], '1234.dkr.ecr.eu-west-1.amazonaws.com.evil.example', undefined],
    [['a*z.example.com'], 'a.example.com', undefined],
    [['a*a.example.com'], 'a.example.com', undefined],
    [['a*a.example.com'], 'aa.example.com', 'a*a.example.com'],
    [['*.example.com', 'a*.example.com', 'ab.example.com'], 'ab.example.com', 'ab.example.com'],
    [['*.example.com', 'a*.example.com'], 'ab.example.com', 'a*.example.com'],
    [['*.example.com', 'a*.example.com', 'abc*.example.com'], 'abcd.example.com', 'abc*.example.com'],
    [['*.example.com', 'a*.example.com'], 'b.example.com', '*.example.com'],
  ])('%j finds for %s: %s', (texts, name, expected) => {
    expect(indexOf(texts).findName(name, 443, () => true)).toBe(expected);
  });

  const label = fc.constantFrom('a', 'ab', 'ba', 'aba', 'b');
  const part = fc.oneof(label, fc.constantFrom('*', 'a*', '*a', 'a*a', 'ab*', '*b'));
  const patterns = fc
    .tuple(fc.array(part, { minLength: 1, maxLength: 3 }), label)
    .map(([parts, last]) => [...parts, last].join('.'));
  const names = fc.array(label, { minLength: 1, maxLength: 5 }).map((labels) => labels.join('.'));
  /** What the documentation says, as a regular expression. */
  const matches = (pattern: string, name: string) => {
    const [first = '', ...rest] = pattern.split('.');
    const source = (text: string) => text.replace('*', '[^.]*');
    const begin = first === '*' ? '[^.]+(\\.[^.]+)*' : source(first);
    return new RegExp(`^${[begin, ...rest.map(source)].join('\\.')}$`).test(name);
  };

  /** An index in which others were before. */
  function indexAfter(gone: readonly string[], kept: readonly string[]) {
    const removed = gone.filter((pattern) => !kept.includes(pattern));
    const index = indexOf([...removed, ...kept]);
    for (const pattern of removed) change(index, 'remove', pattern);
    return index;
  }
  const lists = fc.uniqueArray(patterns, { maxLength: 8 });

  it('find a name exactly if a pattern matches it, whatever was added and removed before', () => {
    fc.assert(
      fc.property(lists, lists, names, (kept, gone, name) => {
        const index = indexAfter(gone, kept);
        const find = (accepts: (pattern: string) => boolean) => index.findName(name, 443, accepts);
        const found = find(() => true);
        const accepted = kept.filter((pattern) => matches(pattern, name));
        expect(accepted.includes(found ?? '')).toBe(accepted.length > 0);
        expect(found === undefined).toBe(accepted.length === 0);
        // Each one that matches is found if no other one is accepted.
        expect(accepted.filter((one) => find((pattern) => pattern === one) !== one)).toEqual([]);
      }),
      { numRuns: 3000 },
    );
  });

  it('are not looked at if they do not match, however many there are', () => {
    const index = indexOf(Array.from({ length: 5000 }, (_, number) => `x${number}*.example.com`));
    const asked: string[] = [];
    const refuse = (pattern: string) => {
      asked.push(pattern);
      return false;
    };
    expect(index.findName('x4711-files.example.com', 443, refuse)).toBeUndefined();
    expect(asked).toEqual(['x4711*', 'x471*', 'x47*', 'x4*'].map((label) => `${label}.example.com`));
  });

  it('leave nothing when they are removed', () => {
    fc.assert(
      fc.property(lists, (list) => {
        const index = indexOf(list);
        for (const pattern of list) change(index, 'remove', pattern);
        expect(index.isEmpty).toBe(true);
      }),
    );
  });

  it('do not depend on the order in which they are added', () => {
    fc.assert(
      fc.property(lists, names, (list, name) => {
        const find = (texts: string[]) => indexOf(texts).findName(name, 443, () => true);
        expect(find(list.toReversed())).toBe(find(list));
      }),
      { numRuns: 2000 },
    );
  });

  it('cover each other only if every name of the one is one of the other', () => {
    fc.assert(
      fc.property(patterns, patterns, names, (outer, inner, name) => {
        if (patternCovers(outer, inner) && matches(inner, name)) expect(matches(outer, name)).toBe(true);
      }),
      { numRuns: 5000 },
    );
  });
});
