import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../kube/index.ts';
import { ownedFields } from './owned-fields.ts';

function applied(object: object, fieldsV1: object, entry: object = {}): KubeObject {
  const managedFields = [{ manager: 'kube-egress', operation: 'Apply', fieldsV1, ...entry }];
  return { apiVersion: 'v1', kind: 'X', metadata: { name: 'x', managedFields }, ...object } as KubeObject;
}
const owner = { manager: 'kube-egress' };

describe('ownedFields', () => {
  test('a leaf is owned with everything below it', () => {
    const object = applied(
      { spec: { podSelector: { a: 1 }, other: 2 } },
      { 'f:spec': { 'f:podSelector': {} } },
    );
    expect(ownedFields(object, owner)).toEqual({ spec: { podSelector: { a: 1 } } });
  });

  test('an item of a map list is found by its keys, and only its owned fields are returned', () => {
    const ports = [
      { name: 'theirs', port: 81, protocol: 'TCP' },
      { name: 'ours', port: 80, protocol: 'TCP', targetPort: 8080 },
    ];
    const fields = {
      'f:ports': { 'k:{"port":80,"protocol":"TCP"}': { '.': {}, 'f:name': {}, 'f:port': {} } },
    };
    expect(ownedFields(applied({ spec: { ports } }, { 'f:spec': fields }), owner)).toEqual({
      spec: { ports: [{ name: 'ours', port: 80 }] },
    });
  });

  test('an item of a set is found by its value', () => {
    const object = applied({ spec: { f: ['a', 'b'] } }, { 'f:spec': { 'f:f': { 'v:"b"': {} } } });
    expect(ownedFields(object, owner)).toEqual({ spec: { f: ['b'] } });
  });

  test('a removed field is missing', () => {
    expect(ownedFields(applied({ data: {} }, { 'f:data': { 'f:gone': {} } }), owner)).toEqual({ data: {} });
  });

  test('the fields of another manager, operation or subresource are not ours', () => {
    const fields = { 'f:data': {} };
    expect(ownedFields(applied({ data: {} }, fields, { manager: 'kubectl' }), owner)).toBeUndefined();
    expect(ownedFields(applied({ data: {} }, fields, { operation: 'Update' }), owner)).toBeUndefined();
    expect(ownedFields(applied({ data: {} }, fields, { subresource: 'status' }), owner)).toBeUndefined();
  });
});
