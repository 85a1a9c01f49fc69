import { describe, expect, it } from 'vitest';
import { runningPod as pod } from './client-pod.fixture.ts';
import { type ClientPod, trimPod } from './client-pod.ts';
import { PodIndex } from './pod-index.ts';

/** A PodIndex, and the pods that it was given. */
function podIndex() {
  const index = new PodIndex();
  const known = new Map<string, ClientPod>();
  return {
    index,
    set(given: Parameters<typeof pod>[0] = {}): string[] {
      const next = trimPod(pod(given));
      const fresh = index.set(next, known.get(next.metadata.name));
      known.set(next.metadata.name, next);
      return fresh;
    },
    delete(name: string): void {
      const old = known.get(name);
      if (old !== undefined) index.delete(old);
      known.delete(name);
    },
  };
}

describe('PodIndex', () => {
  const at = (index: PodIndex, ip = '10.0.0.7') => index.find(ip)?.metadata.name;

  it('returns the addresses that are new on a pod', () => {
    const { index, set } = podIndex();
    expect(set()).toEqual(['10.0.0.7']);
    expect(set()).toEqual([]);
    expect(set({ ip: '10.0.0.8' })).toEqual(['10.0.0.8']);
    expect([at(index), at(index, '10.0.0.8')]).toEqual([undefined, 'api']);
  });

  it('gives a reused address to the pod on which it appeared last', () => {
    const { index, set, delete: remove } = podIndex();
    index.beginOrder();
    set({ name: 'old' });
    set({ name: 'new' });
    // A late event of the old pod.
    set({ name: 'old', status: { reason: 'x' } });
    expect(at(index)).toBe('new');
    remove('new');
    expect(at(index)).toBe('old');
  });

  it('orders a first list by the start of its pods', () => {
    const { index, set } = podIndex();
    set({ name: 'young', status: { startTime: '2026-01-02T00:00:00Z' } });
    set({ name: 'old', status: { startTime: '2026-01-01T00:00:00Z' } });
    expect(at(index)).toBe('young');
  });

  it('takes a new pod of the same name for another pod', () => {
    const { index, set } = podIndex();
    index.beginOrder();
    set({ uid: '1' });
    set({ name: 'other' });
    expect(set({ uid: '2' })).toEqual(['10.0.0.7']);
    expect(index.find('10.0.0.7')?.metadata.uid).toBe('2');
  });

  it('forgets what has ended', () => {
    const { index, set } = podIndex();
    set();
    set({ status: { phase: 'Succeeded' } });
    expect(at(index)).toBeUndefined();
  });
});
