import { describe, expect, test } from 'vitest';
import { evaluateHealth, type ParentState, type ProbeOutcome, reportHealth } from './evaluate-health.ts';

const answers: ProbeOutcome = { addresses: [{ address: '10.0.0.1', error: undefined }], error: undefined };
const refuses: ProbeOutcome = {
  addresses: [{ address: '10.0.0.1', error: 'ECONNREFUSED' }],
  error: undefined,
};
const half: ProbeOutcome = {
  addresses: [...answers.addresses, { address: '10.0.0.2', error: 'ETIMEDOUT' }],
  error: undefined,
};
const nameless: ProbeOutcome = { addresses: [], error: 'its name does not resolve' };

function following(...outcomes: ProbeOutcome[]): ParentState | undefined {
  let health: ParentState | undefined;
  outcomes.forEach((outcome, index) => {
    health = evaluateHealth(health, outcome, index * 1000);
  });
  return health;
}

describe('evaluateHealth', () => {
  test.each<[string, ProbeOutcome[], Partial<ParentState>]>([
    ['one answer', [answers], { healthy: true, since: 0, lastError: undefined }],
    ['one failure is no outage', [answers, refuses], { healthy: true, since: 0 }],
    [
      'two are',
      [answers, refuses, refuses],
      { healthy: false, since: 2000, lastError: '10.0.0.1: ECONNREFUSED' },
    ],
    ['since the second', [answers, refuses, refuses, refuses], { healthy: false, since: 2000 }],
    [
      'one answer brings it back',
      [refuses, refuses, answers],
      { healthy: true, since: 2000, lastError: undefined },
    ],
    [
      'an answer at one of its addresses will do',
      [half, half],
      { healthy: true, lastError: '10.0.0.2: ETIMEDOUT' },
    ],
    [
      'a name that does not resolve',
      [nameless, nameless],
      { healthy: false, lastError: 'its name does not resolve' },
    ],
  ])('%s', (_, outcomes, expected) => {
    expect(following(...outcomes)).toMatchObject(expected);
  });

  test('lists the addresses that did not answer', () => {
    expect([...(following(half)?.dead ?? [])]).toEqual(['10.0.0.2']);
  });
});

describe('reportHealth', () => {
  const health = evaluateHealth(undefined, answers, 0);
  test('a parent that answers but rejects our credentials is not healthy', () => {
    expect(reportHealth('int', health, 5000)).toEqual({
      name: 'int',
      healthy: false,
      lastError: 'the parent rejects our credentials (407)',
      since: '1970-01-01T00:00:05.000Z',
    });
  });
  test('otherwise the state as it is', () => {
    expect(reportHealth('int', health, undefined)).toEqual({
      name: 'int',
      healthy: true,
      since: '1970-01-01T00:00:00.000Z',
    });
  });
});
