import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { covers } from './covers.ts';
import { parseTarget } from './parse-target.ts';
import type { Target } from './target.ts';
import { TargetIndex } from './target-index.ts';

function target(text: string): Target {
  const parsed = parseTarget(text);
  if (!parsed.ok) throw new Error(text);
  return parsed.target;
}

describe('covers', () => {
  it.each<[string, string, boolean]>([
    ['*.example.com:443', 'a.example.com:443', true],
    ['*.example.com:443', 'b.a.example.com:443', true],
    ['*.example.com:443', 'example.com:443', false],
    ['*.example.com:443', '.example.com:443', false],
    ['.example.com:443', '*.example.com:443', true],
    ['.example.com:443', 'example.com:443', true],
    ['.example.com:443', 'notexample.com:443', false],
    ['a.example.com:443', '*.a.example.com:443', false],
    ['*.example.com:443', 'a.example.com:80', false],
    ['*:443', '.example.com:443', true],
    ['*:443', '192.0.2.7:443', false],
    ['.example.com:443', '*:443', false],
    ['*-files.example.com:443', 'a-files.example.com:443', true],
    ['*-files.example.com:443', 'b.a-files.example.com:443', false],
    ['ab*ba.example.com:443', 'aba.example.com:443', false],
    ['a*.example.com:443', 'ab*c.example.com:443', true],
    ['ab*c.example.com:443', 'a*.example.com:443', false],
    ['*.dkr.*.example.com:443', 'a.dkr.eu.example.com:443', true],
    ['*.dkr.*.example.com:443', 'b.a.dkr.eu.example.com:443', true],
    ['*.dkr.*.example.com:443', 'dkr.eu.example.com:443', false],
    ['*.dkr.*.example.com:443', 'a.dkr.x.eu.example.com:443', false],
    ['*.dkr.*.example.com:443', '*.a.dkr.eu.example.com:443', true],
    ['*.example.com:443', '*.dkr.*.example.com:443', true],
    ['.example.com:443', 'a*.example.com:443', true],
    ['*.*.example.com:443', '*.example.com:443', false],
    ['*.*.example.com:443', '*.a.example.com:443', true],
    ['*.*.example.com:443', '.a.example.com:443', false],
    ['a*.example.com:443', '*.example.com:443', false],
    ['*:443', 'a*.example.com:443', true],
    ['a*.example.com:443', '*:443', false],
    ['192.0.2.0/24:443', '192.0.2.7:443', true],
    ['192.0.2.7:443', '192.0.2.0/24:443', false],
  ])('%s covers %s: %s', (outer, inner, expected) => {
    expect(covers(target(outer), target(inner))).toBe(expected);
  });

  it('agrees with the index: what the inner target finds, the outer one finds', () => {
    const texts = fc.constantFrom(
      ...['example.com', '*.example.com', '.example.com', 'a.example.com', '*.a.example.com', '.com'],
      ...[
        'a*.example.com',
        '*.*.example.com',
        '*.a*.example.com',
        'b.*.example.com',
        '*b.a.example.com',
        '*x.com',
      ],
    );
    const names = fc.constantFrom(
      ...[
        'example.com',
        'a.example.com',
        'ab.example.com',
        'b.a.example.com',
        'c.b.a.example.com',
        'com',
        'x.com',
      ],
    );
    const finds = (one: Target, name: string) => {
      const index = new TargetIndex<number>((a, b) => a - b);
      index.add(one, 1);
      return index.findName(name, 443, () => true) !== undefined;
    };
    fc.assert(
      fc.property(texts, texts, names, (outerText, innerText, name) => {
        const [outer, inner] = [target(`${outerText}:443`), target(`${innerText}:443`)];
        fc.pre(covers(outer, inner));
        return !finds(inner, name) || finds(outer, name);
      }),
      { numRuns: 2000 },
    );
  });
});
