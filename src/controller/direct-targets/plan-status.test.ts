import { describe, expect, test } from 'vitest';
import { type DirectStatusInput, planDirectStatus, planStatusBeforePolicy } from './plan-status.ts';

const open = { cidr: '8.1.2.3/32', port: 5432, protocol: 'TCP' as const };
const leftOut = [
  { reason: 'OutsideCeiling' as const, message: 'db.example.com:5432/TCP is 9.9.9.9/32: outside' },
];
const base: DirectStatusInput = {
  plan: { destinations: [open], leftOut: [] },
  errors: [],
  unresolved: [],
  obstacle: undefined,
};

describe('planDirectStatus', () => {
  test.each<[string, Partial<DirectStatusInput>, string]>([
    ['all targets are open', {}, 'True Programmed'],
    [
      'a resolver that fails, while addresses are known',
      { errors: ['db.example.com: ETIMEOUT'] },
      'True Programmed',
    ],
    ['a target stays closed', { plan: { destinations: [open], leftOut } }, 'False LeftOut'],
    ['a name without an address', { unresolved: ['db.example.com'] }, 'False NameNotResolved'],
    ['the policy is not applied', { obstacle: { reason: 'Conflict', message: '' } }, 'False Conflict'],
  ])('%s', (_, input, expected) => {
    const { condition } = planDirectStatus({ ...base, ...input });
    expect(`${condition.status} ${condition.reason}`).toBe(expected);
  });

  test('lists what is open, what is not, and the last error', () => {
    const { status } = planDirectStatus({
      ...base,
      plan: { destinations: [{ ...open, cidr: '9.0.0.1/32' }, open], leftOut },
      errors: ['b: ETIMEOUT', 'a: ESERVFAIL'],
    });
    expect(status?.addresses?.map(({ cidr }) => cidr)).toEqual(['8.1.2.3/32', '9.0.0.1/32']);
    expect(status?.leftOut).toEqual([leftOut[0]?.message]);
    expect(status?.lastError).toBe('a: ESERVFAIL; b: ETIMEOUT');
  });

  test('nothing is listed as open if the policy is not ours', () => {
    const { status } = planDirectStatus({ ...base, obstacle: { reason: 'Conflict', message: '' } });
    expect(status).toBeUndefined();
  });

  test('the addresses stay listed if the policy could not be written: the previous one applies', () => {
    const { status } = planDirectStatus({ ...base, obstacle: { reason: 'Pending', message: '' } });
    expect(status?.addresses).toEqual([open]);
  });
});

describe('planStatusBeforePolicy', () => {
  const condition = {
    type: 'DirectTargets',
    status: 'True' as const,
    reason: 'Programmed' as const,
    message: '1 destination is open without the proxy',
  };
  const conditions = [{ ...condition, lastTransitionTime: '2026-01-01T00:00:00Z' }];
  const more = { ...open, cidr: '9.0.0.1/32' };
  const plan = { destinations: [open, more], leftOut: [] };

  test('lists what will be open, and keeps the condition', () => {
    const directTargets = { addresses: [open], lastError: 'b: ETIMEOUT' };
    expect(planStatusBeforePolicy({ status: { conditions, directTargets } }, plan)).toEqual({
      condition,
      status: { addresses: [open, more], lastError: 'b: ETIMEOUT' },
    });
  });

  test('a new set is pending until its policy is written', () => {
    expect(planStatusBeforePolicy({}, plan)?.condition).toMatchObject({ status: 'False', reason: 'Pending' });
  });

  test.each([
    ['the same', [open, more]],
    ['fewer', [open, more, { ...open, port: 1 }]],
  ])('there is nothing to write if the status lists %s', (_, addresses) => {
    expect(
      planStatusBeforePolicy({ status: { conditions, directTargets: { addresses } } }, plan),
    ).toBeUndefined();
  });
});
