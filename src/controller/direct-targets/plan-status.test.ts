import { describe, expect, test } from 'vitest';
import { type DirectStatusInput, planDirectStatus } from './plan-status.ts';

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
    ['everything is open', {}, 'True Programmed'],
    [
      'a resolver that fails, while addresses are known',
      { errors: ['db.example.com: ETIMEOUT'] },
      'True Programmed',
    ],
    ['something stays closed', { plan: { destinations: [open], leftOut } }, 'False LeftOut'],
    ['a name without an address', { unresolved: ['db.example.com'] }, 'False NameNotResolved'],
    ['the policy is not in place', { obstacle: { reason: 'Conflict', message: '' } }, 'False Conflict'],
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

  test('nothing is listed as open whose policy is not in place', () => {
    const { status } = planDirectStatus({ ...base, obstacle: { reason: 'Conflict', message: '' } });
    expect(status).toBeUndefined();
  });
});
