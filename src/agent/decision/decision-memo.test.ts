import { describe, expect, it } from 'vitest';
import { DecisionMemo } from './decision-memo.ts';

describe('DecisionMemo', () => {
  const first = ['192.0.2.1'];
  const resolved = { name: 'a.example', addresses: first };

  it('gives an outcome back as long as nothing that it rests on has changed', () => {
    let known: readonly string[] | undefined = first;
    const memo = new DecisionMemo<string>(() => known);
    memo.keep('q', { version: 1, resolved }, 'allow');
    expect(memo.find('q', 1)).toBe('allow');
    expect(memo.find('other', 1)).toBeUndefined();
    // Equal addresses that were learnt anew are judged anew.
    known = [...first];
    expect(memo.find('q', 1)).toBeUndefined();
    known = undefined;
    expect(memo.find('q', 1)).toBeUndefined();
  });

  it('asks about no name where none was resolved', () => {
    const memo = new DecisionMemo<string>(() => {
      throw new Error('nothing to resolve');
    });
    memo.keep('q', { version: 1, resolved: undefined }, 'deny');
    expect(memo.find('q', 1)).toBe('deny');
  });

  it('forgets everything with a new version, also what comes late from the one before', () => {
    const memo = new DecisionMemo<string>(() => first);
    memo.keep('a', { version: 1, resolved: undefined }, 'old');
    expect(memo.find('a', 2)).toBeUndefined();
    memo.keep('b', { version: 2, resolved: undefined }, 'new');
    expect([memo.find('a', 2), memo.find('b', 2)]).toEqual([undefined, 'new']);
  });

  it('stays small', () => {
    const memo = new DecisionMemo<number>(() => first);
    for (let count = 0; count <= 10_000; count += 1)
      memo.keep(`q${count}`, { version: 1, resolved: undefined }, count);
    expect([memo.find('q0', 1), memo.find('q10000', 1)]).toEqual([undefined, 10_000]);
  });
});
