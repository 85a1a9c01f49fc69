import { describe, expect, test } from 'vitest';
import {
  parseActivity,
  parseFlowPage,
  parseGenerations,
  parseReverseProbe,
  parseUpstreams,
} from './parse-answers.ts';

const report = { instance: 'one', pod: 'squid-1', since: '2026-01-01T00:00:00Z', namespaces: {}, rules: {} };
const page = { instance: 'one', pod: 'squid-1', next: 1, dropped: 0, flows: [] };

const without = (object: object, name: string) =>
  Object.fromEntries(Object.entries(object).filter(([key]) => key !== name));

describe.each([
  ['parseActivity', parseActivity, ['instance', 'since', 'namespaces', 'rules'], report],
  ['parseFlowPage', parseFlowPage, ['instance', 'next', 'flows'], page],
  ['parseGenerations', parseGenerations, ['generations'], { generations: {} }],
  ['parseUpstreams', parseUpstreams, ['upstreams'], { upstreams: [] }],
  ['parseReverseProbe', parseReverseProbe, ['address', 'closed'], { address: '10.0.0.1', closed: true }],
] as const)('%s', (_, parse: (body: unknown) => unknown, required, whole) => {
  test('accepts a whole answer', () => {
    expect(() => parse(whole)).not.toThrow();
  });
  test.each<unknown>([undefined, null, 'text', {}, ...required.map((name) => without(whole, name))])(
    'rejects %j',
    (body) => {
      expect(() => parse(body)).toThrow(TypeError);
    },
  );
});

describe('parseFlowPage', () => {
  test('reads an answer without a count of dropped flows as one that dropped none', () => {
    expect(parseFlowPage(without(page, 'dropped'))).toEqual(page);
  });
});

describe('parseGenerations', () => {
  test('leaves out a generation that is not a number', () => {
    expect(parseGenerations({ generations: { a: 1, b: '2' } })).toEqual(new Map([['a', 1]]));
  });
});

describe('parseUpstreams', () => {
  test('leaves out an upstream without a name or a health', () => {
    const healthy = { name: 'corporate', healthy: true };
    expect(parseUpstreams({ upstreams: [healthy, { name: 'other' }, null] })).toEqual([healthy]);
  });
});
