import { describe, expect, it } from 'vitest';
import { ownerOf } from './pod-owner.ts';

describe('ownerOf', () => {
  const owned = (kind: string, name: string, labels = {}) =>
    ownerOf({
      name: 'p',
      labels,
      ownerReferences: [{ apiVersion: 'x', kind, name, uid: 'u', controller: true }],
    });
  it('looks through the ReplicaSet to the Deployment', () => {
    expect(owned('ReplicaSet', 'api-7d4b', { 'pod-template-hash': '7d4b' })).toBe('Deployment/api');
  });
  it.each([
    ['a ReplicaSet without a Deployment', owned('ReplicaSet', 'api'), 'ReplicaSet/api'],
    ['a StatefulSet', owned('StatefulSet', 'db'), 'StatefulSet/db'],
    ['a Job', owned('Job', 'j'), 'Job/j'],
    ['a pod without an owner', ownerOf({ name: 'p' }), undefined],
  ])('%s', (_, owner, expected) => {
    expect(owner).toBe(expected);
  });
});
