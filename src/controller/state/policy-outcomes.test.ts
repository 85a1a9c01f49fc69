import { describe, expect, it } from 'vitest';
import { type PolicyOutcome, PolicyOutcomes } from './policy-outcomes.ts';

const applied: PolicyOutcome = { isApplied: true, conflicts: [], replacement: undefined };

describe('PolicyOutcomes', () => {
  it('tells of each namespace whose outcome is another one', () => {
    const outcomes = new PolicyOutcomes();
    const told: string[] = [];
    outcomes.subscribe((namespace) => told.push(namespace));
    outcomes.set('shop', applied);
    outcomes.set('shop', { ...applied });
    outcomes.set('shop', { ...applied, conflicts: ['enforce-egress-proxy'] });
    outcomes.set('other', applied);
    expect(told).toEqual(['shop', 'shop', 'other']);
    expect(outcomes.get('shop')?.conflicts).toEqual(['enforce-egress-proxy']);
  });

  it('has no outcome of a namespace that was not reconciled, or is deleted', () => {
    const outcomes = new PolicyOutcomes();
    outcomes.set('shop', applied);
    outcomes.delete('shop');
    expect([outcomes.get('shop'), outcomes.get('other')]).toEqual([undefined, undefined]);
  });
});
