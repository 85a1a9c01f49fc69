import { describe, expect, it } from 'vitest';
import { type PodChanges, runningPod as pod } from './client-pod.fixture.ts';
import { ownerOf, trimPod } from './client-pod.ts';

describe('trimPod', () => {
  const sandbox = (status: string) => ({ conditions: [{ type: 'PodReadyToStartContainers', status }] });
  const cases: [string, PodChanges, string[]][] = [
    ['a running pod', {}, ['10.0.0.7']],
    [
      'two families',
      { status: { podIPs: [{ ip: '10.0.0.7' }, { ip: 'FD00::7' }] } },
      ['10.0.0.7', 'fd00::7'],
    ],
    ['no address yet', { status: { podIP: undefined, podIPs: [] } }, []],
    ['on the network of its node', { spec: { hostNetwork: true } }, []],
    ['succeeded', { status: { phase: 'Succeeded' } }, []],
    ['failed', { status: { phase: 'Failed' } }, []],
    ['its sandbox is gone', { status: sandbox('False') }, []],
    ['its sandbox exists', { status: sandbox('True') }, ['10.0.0.7']],
  ];
  it.each(cases)('%s', (_, changes, addresses) => {
    expect(trimPod(pod(changes)).addresses).toEqual(addresses);
  });
});

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
