import { describe, expect, it } from 'vitest';
import { trimObject } from './trim-object.ts';

const fieldsV1 = () => ({ 'f:status': { 'f:targets': {} } });
const condition = (reason: string) => ({ type: 'Ready', status: 'True', reason });

function objectOf(name: string, reason: string) {
  return {
    apiVersion: 'zalando.org/v1',
    kind: 'EgressRuleSet',
    metadata: {
      name,
      resourceVersion: '7',
      managedFields: [
        { manager: 'kube-egress', operation: 'Apply' as const, time: name, fieldsV1: fieldsV1() },
        { manager: 'kube-egress-usage', operation: 'Apply' as const, time: name },
        { manager: 'kube-egressive', operation: 'Apply' as const, fieldsV1: fieldsV1() },
        { manager: 'kubectl', operation: 'Apply' as const, fieldsV1: fieldsV1() },
        { operation: 'Apply' as const },
      ],
    },
    spec: { targets: [name] },
    status: { targets: 1, conditions: [condition(reason)] },
  };
}

describe('trimObject', () => {
  it('keeps the fields that we own, and everything else', () => {
    const given = objectOf('a', 'x');
    const trimmed = trimObject(given);
    const { managedFields, ...metadata } = given.metadata;
    expect(trimmed).toEqual({
      ...given,
      metadata: { ...metadata, managedFields: managedFields.slice(0, 2) },
    });
    expect(trimmed.metadata.managedFields[1]).not.toHaveProperty('fieldsV1');
  });

  it('gives objects that own the same fields, or have the same condition, one of it', () => {
    const [a, b, c] = [
      trimObject(objectOf('a', 'x')),
      trimObject(objectOf('b', 'x')),
      trimObject(objectOf('c', 'y')),
    ];
    const [fieldsOfA, fieldsOfB] = [a, b].map(({ metadata }) => metadata.managedFields[0]?.fieldsV1);
    expect(fieldsOfA).toBe(fieldsOfB);
    expect(a.status.conditions[0]).toBe(b.status.conditions[0]);
    expect(c.status.conditions).toEqual([condition('y')]);
  });

  it('leaves an object without a status, and one without field managers, as it is', () => {
    const plain = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, data: {} };
    expect(trimObject(plain)).toEqual({ ...plain, metadata: { name: 's', managedFields: [] } });
  });
});
