import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { annotation, label, MANAGER } from '../../api/index.ts';
import type { KubeObject } from '../../kube/index.ts';
import { idOf, planObjects } from './plan-objects.ts';

type Fields = { [step: string]: Fields };

/** As the API server stores an object that we applied: it owns every leaf. */
function stored(object: KubeObject): KubeObject {
  const { apiVersion: _, kind: __, metadata, ...rest } = object;
  const { name: ___, namespace: ____, ...labels } = metadata;
  const fieldsV1 = fieldsOf({ metadata: labels, ...rest });
  return {
    ...object,
    metadata: { ...metadata, managedFields: [{ manager: MANAGER, operation: 'Apply', fieldsV1 }] },
  };
}

function fieldsOf(value: unknown): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return {};
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [`f:${key}`, fieldsOf(member)]));
}

const configMap = (name: string, data: Record<string, string>): KubeObject =>
  ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: 'egress-proxy', labels: { [label.managedBy]: MANAGER } },
    data,
  }) as KubeObject;

const byId = (...objects: KubeObject[]) => new Map(objects.map((object) => [idOf(object), object]));
const wanted = configMap('squid', { 'squid.conf': 'http_port 3128' });
const types = (...args: Parameters<typeof planObjects>) =>
  planObjects(...args).map(({ type, object }) => `${type} ${object.metadata.name}`);

describe('planObjects', () => {
  test('a missing object is applied', () => {
    expect(types({ desired: [wanted], observed: byId(), owned: [] })).toEqual(['apply squid']);
  });

  test('a changed object is applied again', () => {
    const edited = { ...stored(wanted), data: { 'squid.conf': 'http_access allow all' } };
    expect(types({ desired: [wanted], observed: byId(edited), owned: [edited] })).toEqual(['apply squid']);
  });

  test('applying removes a field that is no longer desired', () => {
    const before = stored(configMap('squid', { 'squid.conf': 'http_port 3128', old: 'x' }));
    expect(types({ desired: [wanted], observed: byId(before), owned: [before] })).toEqual(['apply squid']);
  });

  test('fields of others are kept', () => {
    const before = stored(wanted);
    const noted = { ...before, metadata: { ...before.metadata, annotations: { theirs: 'x' } } };
    expect(types({ desired: [wanted], observed: byId(noted), owned: [noted] })).toEqual([]);
  });

  test('a foreign object is a conflict', () => {
    const theirs = { ...wanted, metadata: { name: 'squid', namespace: 'egress-proxy' } };
    expect(types({ desired: [wanted], observed: byId(theirs), owned: [] })).toEqual(['conflict squid']);
  });

  test('a foreign object that was handed over is not', () => {
    const theirs = {
      ...wanted,
      metadata: { name: 'squid', namespace: 'egress-proxy', annotations: { [annotation.adopt]: 'true' } },
    };
    expect(types({ desired: [wanted], observed: byId(theirs), owned: [] })).toEqual(['apply squid']);
  });

  test('an object of ours without its label is still ours', () => {
    const { metadata, ...rest } = stored(wanted);
    const { labels: _, ...unlabelled } = metadata;
    const object = { ...rest, metadata: unlabelled };
    expect(types({ desired: [wanted], observed: byId(object), owned: [] })).toEqual(['apply squid']);
  });

  test('a terminating object is waited for', () => {
    const going = { ...wanted, metadata: { ...wanted.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } };
    expect(types({ desired: [wanted], observed: byId(going), owned: [going] })).toEqual([]);
  });

  test('an object of ours that is not desired is deleted', () => {
    const surplus = stored(configMap('hpa', {}));
    expect(types({ desired: [], observed: byId(), owned: [surplus] })).toEqual(['delete hpa']);
  });

  test('a converged state plans nothing', () => {
    const objects = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,8}$/), { maxLength: 8 });
    const data = fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.string(), { minKeys: 1 });
    fc.assert(
      fc.property(objects, data, (names, content) => {
        const desired = names.map((name) => configMap(name, content));
        const there = desired.map(stored);
        expect(planObjects({ desired, observed: byId(...there), owned: there })).toEqual([]);
      }),
    );
  });
});
