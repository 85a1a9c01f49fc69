import { describe, expect, it } from 'vitest';
import { keyOf, splitKey } from './object.ts';
import { pathOf } from './resource.ts';
import { resourceOf, resources } from './resources.ts';

describe('pathOf', () => {
  const { pods, nodes, egressRuleSets } = resources;
  const cases: { path: string; of: Parameters<typeof pathOf> }[] = [
    { path: '/api/v1/pods', of: [pods] },
    { path: '/api/v1/namespaces/shop/pods', of: [pods, { namespace: 'shop' }] },
    {
      path: '/api/v1/namespaces/shop/pods/a/status',
      of: [pods, { namespace: 'shop', name: 'a', subresource: 'status' }],
    },
    { path: '/api/v1/nodes/n1', of: [nodes, { name: 'n1' }] },
    { path: '/api/v1/nodes/n1', of: [nodes, { name: 'n1', namespace: 'ignored' }] },
    {
      path: '/apis/zalando.org/v1/namespaces/shop/egressrulesets',
      of: [egressRuleSets, { namespace: 'shop' }],
    },
    { path: '/api/v1/nodes/..%2Fpods', of: [nodes, { name: '../pods' }] },
  ];
  it.each(cases)('$path', ({ path, of }) => expect(pathOf(...of)).toBe(path));

  it('rejects a namespaced object without a namespace', () => {
    expect(() => pathOf(pods, { name: 'a' })).toThrow('Pod "a" is namespaced: its namespace is missing');
  });
});

describe('resourceOf', () => {
  it('finds each resource of the table by apiVersion and kind', () => {
    for (const resource of Object.values(resources)) {
      const apiVersion = resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
      expect(resourceOf({ apiVersion, kind: resource.kind })).toBe(resource);
    }
  });

  it('names an unknown kind in its error', () => {
    expect(() => resourceOf({ apiVersion: 'v2', kind: 'Pod' })).toThrow('no resource for v2 Pod');
  });
});

describe('keyOf', () => {
  it.each(['shop/a', 'node-1'])('%s is the inverse of splitKey', (key) => {
    expect(keyOf({ metadata: splitKey(key) })).toBe(key);
  });
});
