import { describe, expect, it } from 'vitest';
import { runningPod as pod } from './client-pod.fixture.ts';
import { trimPod } from './client-pod.ts';
import { PodIndex } from './pod-index.ts';

describe('PodIndex', () => {
  const at = (index: PodIndex, ip = '10.0.0.7') => index.find(ip)?.metadata.name;

  it('returns the addresses that are new on a pod', () => {
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
    // A late event of the old pod.
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

  it('takes a new pod of the same name for another pod', () => {
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
