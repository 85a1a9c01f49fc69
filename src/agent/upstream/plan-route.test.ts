import { describe, expect, test } from 'vitest';
import { planRoute, type RouteFacts, type Shown } from './plan-route.ts';

const nothing: Shown = { login: undefined, header: undefined };
const login: Shown = { login: 'dTpw', header: undefined };
const header: Shown = { login: undefined, header: { name: 'X-Id', value: 'DecisionId' } };

function facts(shown: Record<string, Shown>, down: Record<string, string> = {}): RouteFacts {
  return { downBecause: (name) => down[name], shownTo: (name) => shown[name] ?? nothing };
}

describe('planRoute', () => {
  test('a target without an owner goes direct', () => {
    expect(planRoute([], facts({}))).toEqual({ kind: 'direct' });
  });

  test.each<[string, RouteFacts, string[]]>([
    ['all of them, in order', facts({}), ['a', 'b', 'c']],
    ['without those that are down', facts({}, { a: 'ECONNREFUSED' }), ['b', 'c']],
    ['up to the first that needs something else', facts({ b: login }), ['a']],
    ['only that one if those before it are down', facts({ b: login }, { a: 'x' }), ['b']],
    ['parents that need the same stay together', facts({ a: header, b: header }), ['a', 'b']],
  ])('%s', (_, given, names) => {
    expect(planRoute(['a', 'b', 'c'], given)).toMatchObject({ kind: 'parents', names });
  });

  test('with every owner down it gives the reasons, and never goes direct', () => {
    expect(planRoute(['a', 'b'], facts({}, { a: 'ECONNREFUSED', b: 'no answer in 3 s' }))).toEqual({
      kind: 'unavailable',
      detail: 'a: ECONNREFUSED, b: no answer in 3 s',
    });
  });
});
