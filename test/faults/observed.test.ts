import { describe, expect, test } from 'vitest';
import type { Exceptions } from './fault.ts';
import {
  describeObserved,
  type Observed,
  type ObservedRequests,
  renderFaults,
  violationsOf,
} from './observed.ts';

const answered = (
  counts: Record<string, number>,
  audit: Partial<ObservedRequests> = {},
): ObservedRequests => {
  const audited = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return { counts, slowestMs: 1200, audited, repeated: 0, ...audit };
};
const requests: Observed['requests'] = {
  allowed: answered({ 200: 10 }),
  refused: answered({ 403: 10 }),
  changing: answered({ 200: 5, 403: 5 }),
};
const pods: Observed['pods'] = { right: 4, reported: 0, unreported: [], notAdmitted: 0 };
const ruleSets: Observed['ruleSets'] = { admitted: 4, notAdmitted: 0, wrongAdmitted: 0 };
const whole: Observed = { requests, pods, ruleSets, settledSeconds: 2 };

const withRequests = (changed: Partial<Observed['requests']>): Observed => ({
  ...whole,
  requests: { ...requests, ...changed },
});

describe('violationsOf', () => {
  test('there are none when everything was as the rules say', () => {
    expect(violationsOf(whole, {})).toEqual([]);
  });

  test.each<[string, Observed]>([
    ['an allowed request is refused', withRequests({ allowed: answered({ 200: 9, 403: 1 }) })],
    ['a refused request passes', withRequests({ refused: answered({ 200: 1, 403: 9 }) })],
    ['a line is missing', withRequests({ changing: answered({ 200: 5, 403: 5 }, { audited: 9 }) })],
    ['there is a line too many', withRequests({ refused: answered({ 403: 10 }, { audited: 11 }) })],
    ['many refusals have no line', withRequests({ refused: answered({ 403: 10 }, { audited: 6 }) })],
    ['an allowed request has no line', withRequests({ allowed: answered({ 200: 10 }, { audited: 9 }) })],
    ['nothing was answered', withRequests({ allowed: answered({ timeout: 1 }, { audited: 0 }) })],
    ['a pod is not reported', { ...whole, pods: { ...pods, unreported: ['admitted-x'] } }],
    ['a wrong rule set is admitted', { ...whole, ruleSets: { ...ruleSets, wrongAdmitted: 1 } }],
  ])('under every fault: %s', (_, observed) => {
    const all: Exceptions = { unanswered: true, podsWithout: true, notAdmitted: true, repeatedLines: true };
    expect(violationsOf(observed, all)).toHaveLength(1);
  });

  test.each<[keyof Exceptions, Observed]>([
    ['unanswered', withRequests({ allowed: answered({ 200: 9, ECONNRESET: 1 }) })],
    ['unanswered', withRequests({ allowed: answered({ 200: 9, 503: 1 }, { audited: 9 }) })],
    ['podsWithout', { ...whole, pods: { ...pods, reported: 1 } }],
    ['notAdmitted', { ...whole, pods: { ...pods, notAdmitted: 1 } }],
    ['notAdmitted', { ...whole, ruleSets: { ...ruleSets, notAdmitted: 1 } }],
    ['unloggedRefusals', withRequests({ refused: answered({ 403: 10 }, { audited: 9 }) })],
    ['repeatedLines', withRequests({ allowed: answered({ 200: 10 }, { repeated: 1 }) })],
    ['lostLines', withRequests({ allowed: answered({ 200: 10 }, { audited: 9 }) })],
    ['refusedByGuard', withRequests({ allowed: answered({ 200: 9, 403: 1 }) })],
  ])('unless the promise excepts it: %s', (exception, observed) => {
    expect(violationsOf(observed, {})).toHaveLength(1);
    expect(violationsOf(observed, { [exception]: true })).toEqual([]);
  });
});

describe('describeObserved', () => {
  test('counts what was asked and admitted', () => {
    const observed = withRequests({ allowed: answered({ 200: 9, ECONNRESET: 1 }, { slowestMs: 3210 }) });
    expect(describeObserved({ ...observed, pods: { ...pods, reported: 2 } })).toBe(
      '30 requests, 1 not decided, slowest 3.2 s; 6 pods: 2 without variables (reported), 0 not admitted; 4 rule sets: 0 not admitted; rules take effect 2 s after it',
    );
  });

  test('counts audit lines that are missing or repeated', () => {
    const refused = answered({ 403: 10, 503: 1 }, { audited: 8, repeated: 3 });
    expect(describeObserved(withRequests({ refused }))).toMatch(
      /; 2 without an audit line; 3 audit lines repeated; rules take effect/,
    );
  });

  test('adds what the fault itself has measured', () => {
    expect(describeObserved(whole, 'away for 2 minutes')).toMatch(/ s after it; away for 2 minutes$/);
  });
});

describe('renderFaults', () => {
  test('is a table of Markdown', () => {
    const row = { name: 'agent killed', promise: 'none is refused', measured: '30 requests' };
    expect(renderFaults([row]).split('\n').at(-1)).toBe('| agent killed | none is refused | 30 requests |');
  });
});
