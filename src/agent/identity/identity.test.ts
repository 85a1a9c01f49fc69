import { describe, expect, it } from 'vitest';
import type { Pod } from '../../kube/index.ts';
import { trimPod } from './client-pod.ts';
import { ownerOf } from './owner.ts';
import { PodIndex } from './pod-index.ts';

type Changes = { name?: string; uid?: string; ip?: string; spec?: object; status?: object };

function pod({ name = 'api', uid = name, ip = '10.0.0.7', spec, status }: Changes = {}): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'my-app', uid, labels: { app: name } },
    spec: { containers: [], ...spec },
    status: { phase: 'Running', podIP: ip, podIPs: [{ ip }], ...status },
  };
}

describe('trimPod', () => {
  const sandbox = (status: string) => ({ conditions: [{ type: 'PodReadyToStartContainers', status }] });
  const cases: [string, Changes, string[]][] = [
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
    ['its sandbox stands', { status: sandbox('True') }, ['10.0.0.7']],
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
    ['a ReplicaSet of nobody', owned('ReplicaSet', 'api'), 'ReplicaSet/api'],
    ['a StatefulSet', owned('StatefulSet', 'db'), 'StatefulSet/db'],
    ['a Job', owned('Job', 'j'), 'Job/j'],
    ['a pod of nobody', ownerOf({ name: 'p' }), undefined],
  ])('%s', (_, owner, expected) => {
    expect(owner).toBe(expected);
  });
});

describe('PodIndex', () => {
  const at = (index: PodIndex, ip = '10.0.0.7') => index.find(ip)?.metadata.name;

  it('tells which addresses are new on a pod', () => {
    const index = new PodIndex();
    expect(index.set(trimPod(pod()))).toEqual(['10.0.0.7']);
    expect(index.set(trimPod(pod()))).toEqual([]);
    expect(index.set(trimPod(pod({ ip: '10.0.0.8' })))).toEqual(['10.0.0.8']);
    expect([at(index), at(index, '10.0.0.8')]).toEqual([undefined, 'api']);
  });

  it('gives a reused address to the pod on which it appeared last', () => {
    const index = new PodIndex();
    index.beginOrder();
    index.set(trimPod(pod({ name: 'old' })));
    index.set(trimPod(pod({ name: 'new' })));
    // Late news of the old pod.
    index.set(trimPod(pod({ name: 'old', status: { reason: 'x' } })));
    expect(at(index)).toBe('new');
    index.delete('my-app/new');
    expect(at(index)).toBe('old');
  });

  it('orders a first list by the start of its pods', () => {
    const index = new PodIndex();
    index.set(trimPod(pod({ name: 'young', status: { startTime: '2026-01-02T00:00:00Z' } })));
    index.set(trimPod(pod({ name: 'old', status: { startTime: '2026-01-01T00:00:00Z' } })));
    expect(at(index)).toBe('young');
  });

  it('takes a pod of the same name, made anew, for another', () => {
    const index = new PodIndex();
    index.beginOrder();
    index.set(trimPod(pod({ uid: '1' })));
    index.set(trimPod(pod({ name: 'other' })));
    expect(index.set(trimPod(pod({ uid: '2' })))).toEqual(['10.0.0.7']);
    expect(index.find('10.0.0.7')?.metadata.uid).toBe('2');
  });

  it('forgets what has ended', () => {
    const index = new PodIndex();
    index.set(trimPod(pod()));
    index.set(trimPod(pod({ status: { phase: 'Succeeded' } })));
    expect(at(index)).toBeUndefined();
  });
});
