import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type LabelSelector, label } from '../../api/index.ts';
import { matchesSelector } from '../../rules/index.ts';
import { withPlatformExpressions } from './platform-selectors.ts';

type Expression = NonNullable<LabelSelector['matchExpressions']>[number];

const optedIn: Expression = { key: label.mode, operator: 'In', values: ['enforce', 'observe'] };
const ours: LabelSelector = { matchExpressions: [optedIn] };
const aks: Expression[] = [
  { key: 'control-plane', operator: 'DoesNotExist' },
  { key: 'control-plane', operator: 'NotIn', values: ['true'] },
  { key: 'kubernetes.azure.com/managedby', operator: 'NotIn', values: ['aks'] },
];
const gke: Expression[] = [
  {
    key: 'kubernetes.io/metadata.name',
    operator: 'NotIn',
    values: ['kube-system', 'gke-gmp-system', 'gke-managed-cim'],
  },
];

describe('withPlatformExpressions', () => {
  test.each<[string, Expression[]]>([
    ['AKS', aks],
    ['GKE Autopilot', gke],
  ])('keeps what %s adds, in its order', (_, added) => {
    const before = { matchExpressions: [...added, optedIn] };
    expect(withPlatformExpressions(ours, before)).toBe(before);
    const after = { matchExpressions: [optedIn, ...added] };
    expect(withPlatformExpressions(ours, after)).toBe(after);
  });

  test('adds ours to what a platform has left', () => {
    expect(withPlatformExpressions(ours, { matchExpressions: aks })).toEqual({
      matchExpressions: [optedIn, ...aks],
    });
    expect(withPlatformExpressions(ours, undefined)).toEqual(ours);
  });

  test.each<[string, Expression]>([
    ['a label that only a tenant has', { key: 'team', operator: 'NotIn', values: ['a'] }],
    ['our own label', { key: label.mode, operator: 'NotIn', values: ['enforce'] }],
    ['a label that namespaces must have', { key: 'control-plane', operator: 'Exists' }],
    ['another value', { key: 'control-plane', operator: 'NotIn', values: ['true', 'controller-manager'] }],
    [
      'the name of any other namespace',
      { key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: ['my-app'] },
    ],
    ['only some namespaces', { key: 'kubernetes.io/metadata.name', operator: 'In', values: ['kube-system'] }],
    ['no value', { key: 'kubernetes.azure.com/managedby', operator: 'NotIn', values: [] }],
  ])('drops %s', (_, expression) => {
    const observed = { matchExpressions: [optedIn, expression] };
    expect(withPlatformExpressions(ours, observed)).toEqual(ours);
  });

  test('drops matchLabels that are not ours, and an older selector of ours', () => {
    expect(withPlatformExpressions(ours, { ...ours, matchLabels: { team: 'a' } })).toEqual(ours);
    const old: Expression[] = [
      { key: label.mode, operator: 'NotIn', values: ['none'] },
      {
        key: 'kubernetes.io/metadata.name',
        operator: 'NotIn',
        values: ['kube-egress-system', 'kube-system'],
      },
    ];
    expect(withPlatformExpressions(ours, { matchExpressions: [...old, ...aks] })).toEqual({
      matchExpressions: [optedIn, ...aks],
    });
  });

  const expression = fc.oneof(
    fc.constantFrom(...aks, ...gke, optedIn),
    fc.record({
      key: fc.constantFrom('control-plane', label.mode, 'team', 'kubernetes.io/metadata.name'),
      operator: fc.constantFrom('In' as const, 'NotIn' as const, 'Exists' as const, 'DoesNotExist' as const),
      values: fc.array(fc.constantFrom('true', 'enforce', 'kube-system', 'my-app'), { maxLength: 2 }),
    }),
  );
  const observed = fc.record({ matchExpressions: fc.array(expression, { maxLength: 5 }) });

  test('is stable: what it returns it keeps', () => {
    fc.assert(
      fc.property(observed, (selector) => {
        const merged = withPlatformExpressions(ours, selector);
        expect(withPlatformExpressions(ours, merged)).toBe(merged);
      }),
    );
  });

  test('leaves out only namespaces of a platform, and adds none', () => {
    const tenant = { 'kubernetes.io/metadata.name': 'my-app', team: 'a' };
    fc.assert(
      fc.property(observed, fc.constantFrom('enforce', 'observe', 'none'), (selector, mode) => {
        const labels = { ...tenant, [label.mode]: mode };
        expect(matchesSelector(withPlatformExpressions(ours, selector) as LabelSelector, labels)).toBe(
          mode !== 'none',
        );
      }),
    );
  });
});
