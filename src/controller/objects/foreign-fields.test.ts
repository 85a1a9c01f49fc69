import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../kube/index.ts';
import { withoutForeignFields } from './foreign-fields.ts';

type Entry = { manager: string; fieldsV1: object; operation?: 'Apply' | 'Update'; subresource?: string };

function split(desired: object, live: object, ...entries: Entry[]) {
  const of = (content: object, managedFields?: Entry[]) =>
    ({ apiVersion: 'v1', kind: 'X', metadata: { name: 'x', managedFields }, ...content }) as KubeObject;
  const { object, foreign } = withoutForeignFields(of(desired), of(live, entries), 'us');
  const { apiVersion: _, kind: __, metadata: ___, ...content } = object as KubeObject & object;
  return { content, foreign };
}
const kubectl = (fieldsV1: object, more: Partial<Entry> = {}): Entry => ({
  manager: 'kubectl',
  fieldsV1,
  ...more,
});
const replicas = { 'f:spec': { 'f:replicas': {} } };

describe('withoutForeignFields', () => {
  test('a field that another manager has set to another value is left out and named', () => {
    const { content, foreign } = split(
      { spec: { replicas: 2, port: 3128 } },
      { spec: { replicas: 5 } },
      kubectl(replicas),
    );
    expect(content).toEqual({ spec: { port: 3128 } });
    expect(foreign).toEqual([{ path: 'spec.replicas', manager: 'kubectl' }]);
  });

  test('a field with the same value is shared', () => {
    const { content, foreign } = split(
      { spec: { replicas: 2 } },
      { spec: { replicas: 2 } },
      kubectl(replicas),
    );
    expect(content).toEqual({ spec: { replicas: 2 } });
    expect(foreign).toEqual([]);
  });

  test.each([
    ['our own', { manager: 'us', fieldsV1: replicas }],
    ['the status', kubectl(replicas, { subresource: 'status' })],
    ['the map alone', kubectl({ 'f:spec': { '.': {} } })],
  ])('%s is no obstacle', (_, entry) => {
    const { content, foreign } = split({ spec: { replicas: 2 } }, { spec: { replicas: 5 } }, entry);
    expect(content).toEqual({ spec: { replicas: 2 } });
    expect(foreign).toEqual([]);
  });

  test('an atomic list is compared as a whole', () => {
    const fields = { 'f:spec': { 'f:privateCIDRs': {} } };
    const ranges = (...privateCIDRs: string[]) => ({ spec: { privateCIDRs } });
    expect(split(ranges('10.0.0.0/8'), ranges('10.0.0.0/8', '10.1.0.0/16'), kubectl(fields)).content).toEqual(
      { spec: {} },
    );
    expect(split(ranges('10.0.0.0/8'), ranges('10.0.0.0/8'), kubectl(fields)).foreign).toEqual([]);
  });

  test('an item of a map list is found by its key, wherever it is', () => {
    const fields = { 'f:spec': { 'f:upstreams': { 'k:{"name":"int"}': { '.': {}, 'f:port': {} } } } };
    const { content, foreign } = split(
      {
        spec: {
          upstreams: [
            { name: 'ext', port: 1 },
            { name: 'int', host: 'h', port: 2 },
          ],
        },
      },
      { spec: { upstreams: [{ name: 'int', port: 3 }] } },
      kubectl(fields),
    );
    expect(content).toEqual({
      spec: {
        upstreams: [
          { name: 'ext', port: 1 },
          { name: 'int', host: 'h' },
        ],
      },
    });
    expect(foreign).toEqual([{ path: 'spec.upstreams[name="int"].port', manager: 'kubectl' }]);
  });
});
