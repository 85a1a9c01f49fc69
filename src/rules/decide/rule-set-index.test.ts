import { describe, expect, it } from 'vitest';
import type { EgressRuleSet } from '../../api/index.ts';
import { decide } from './decide.ts';
import { requestTo, ruleSet, snapshotOf } from './rule-set-index.fixture.ts';

/** A set whose targets count how often they are read. */
function counted(target: string, metadata: { uid: string; generation: number }) {
  let reads = 0;
  const { spec, ...set } = ruleSet('my-app', [target]);
  const object: EgressRuleSet = {
    ...set,
    metadata: { ...set.metadata, ...metadata },
    spec: Object.defineProperty({ ...spec }, 'targets', {
      enumerable: true,
      get() {
        reads += 1;
        return spec.targets;
      },
    }),
  };
  return { object, reads: () => reads };
}

describe('RuleSetIndex', () => {
  const snapshot = snapshotOf([]);
  const verdict = (target: string) => decide(requestTo(target), snapshot).verdict;
  const { book } = snapshot;

  it('does no work for a status write, and all of it for another spec or another object of the name', () => {
    book.setRuleSet(counted('a.example.com:443', { uid: 'u1', generation: 1 }).object);
    const again = counted('a.example.com:443', { uid: 'u1', generation: 1 });
    expect(book.has(again.object)).toBe(true);
    book.setRuleSet(again.object);
    expect(again.reads()).toBe(0);
    expect(verdict('a.example.com:443')).toBe('allow');

    book.setRuleSet(counted('b.example.com:443', { uid: 'u1', generation: 2 }).object);
    expect([verdict('a.example.com:443'), verdict('b.example.com:443')]).toEqual(['deny', 'allow']);
    book.setRuleSet(counted('c.example.com:443', { uid: 'u2', generation: 2 }).object);
    expect([verdict('b.example.com:443'), verdict('c.example.com:443')]).toEqual(['deny', 'allow']);
  });

  it('takes the same set again after its deletion', () => {
    const { object } = counted('a.example.com:443', { uid: 'u1', generation: 1 });
    book.setRuleSet(object);
    book.deleteRuleSet('my-app', 'rules');
    expect(verdict('a.example.com:443')).toBe('deny');
    expect(book.has(object)).toBe(false);
    book.setRuleSet(object);
    expect(verdict('a.example.com:443')).toBe('allow');
  });
});
