import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { clusterRuleSet, ruleSet } from '../decide/rule-set-index.fixture.ts';
import { expiryOf } from './expiry.ts';
import { validateClusterEgressRuleSet } from './validate-cluster-rule-set.ts';
import { validateEgressRuleSet } from './validate-rule-set.ts';

const now = Date.parse('2026-01-01T12:00:00Z');

describe('expiryOf', () => {
  test.each<[unknown, number]>([
    ['2026-01-01T12:00:00Z', now],
    ['2026-01-01t12:00:00.5z', now + 500],
    ['2026-01-01T13:30:00+01:30', now],
    ['2024-02-29T00:00:00Z', Date.parse('2024-02-29T00:00:00Z')],
  ])('reads %s', (expiresAt, expected) => {
    expect(expiryOf({ expiresAt })).toBe(expected);
  });

  test.each<[string, unknown]>([
    ['no zone', '2026-01-01T12:00:00'],
    ['only a day', '2026-01-01'],
    ['a day that does not exist', '2026-02-30T12:00:00Z'],
    ['an hour that does not exist', '2026-01-01T24:00:00Z'],
    ['a leap second, which the clock does not have', '2026-12-31T23:59:60Z'],
    ['text around it', ' 2026-01-01T12:00:00Z'],
    ['a number', now],
    ['a list', ['2026-01-01T12:00:00Z']],
    ['empty', ''],
  ])('takes %s for a fault and for no end', (_, expiresAt) => {
    expect(expiryOf({ expiresAt })).toBe(Number.POSITIVE_INFINITY);
    const object = {
      ...ruleSet('my-app', ['a.example:443']),
      spec: { targets: ['a.example:443'], expiresAt },
    };
    expect(validateEgressRuleSet(object).faults).toMatchObject([
      { field: 'spec.expiresAt', reason: 'Unsupported' },
    ]);
  });

  it('reads every time that a clock can show, in any zone', () => {
    const minutes = fc.integer({ min: -23 * 60 - 59, max: 23 * 60 + 59 });
    const date = fc.date({ min: new Date('1970-01-03'), max: new Date('9999-12-29'), noInvalidDate: true });
    fc.assert(
      fc.property(date, minutes, (time, offset) => {
        const two = (number: number) => String(Math.floor(Math.abs(number))).padStart(2, '0');
        const local = new Date(time.getTime() + offset * 60_000).toISOString().replace('Z', '');
        const zone = `${offset < 0 ? '-' : '+'}${two(offset / 60)}:${two(offset % 60)}`;
        expect(expiryOf({ expiresAt: `${local}${zone}` })).toBe(time.getTime());
      }),
    );
  });
});

const kinds = [
  {
    kind: 'EgressRuleSet',
    validate: validateEgressRuleSet,
    make: (more: object) => ruleSet('my-app', ['a.example:443'], more),
  },
  {
    kind: 'ClusterEgressRuleSet',
    validate: validateClusterEgressRuleSet,
    make: (more: object) => clusterRuleSet(['a.example:443'], more),
  },
];

describe.each(kinds)('a $kind that expires', ({ validate, make }) => {
  const past = make({ expiresAt: '2026-01-01T12:00:00Z', reason: 'incident 4711' });
  const future = make({ expiresAt: '2026-01-01T12:00:01Z' });

  it('may not be created with its end in the past', () => {
    expect(validate(past, { now, isNew: true })).toMatchObject({
      faults: [
        {
          field: 'spec.expiresAt',
          reason: 'InThePast',
          message: expect.stringContaining('2026-01-01T12:00:00.000Z'),
        },
      ],
      warnings: [],
    });
    expect(validate(future, { now, isNew: true })).toEqual({ faults: [], warnings: [] });
  });

  it('may be ended by a change, with a warning, and is valid wherever the time does not matter', () => {
    expect(validate(past, { now })).toEqual({
      faults: [],
      warnings: [expect.stringContaining('has no effect any more')],
    });
    expect(validate(past)).toEqual({ faults: [], warnings: [] });
  });

  it('must have a text as its reason', () => {
    const { spec } = past;
    expect(validate({ ...past, spec: { ...spec, reason: 4711 } }).faults).toMatchObject([
      { field: 'spec.reason' },
    ]);
  });
});
