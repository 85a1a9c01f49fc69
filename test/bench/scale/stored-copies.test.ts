import { describe, expect, it } from 'vitest';
import { namespaceName, podAddress } from './fill-cluster.ts';
import { replaced } from './stored-copies.ts';

describe('replaced', () => {
  it('replaces every occurrence', () => {
    expect(replaced('a team-0 of team-0', { 'team-0': 'team-7' })).toBe('a team-7 of team-7');
  });

  it('refuses another length, by which stored bytes could not be read any more', () => {
    expect(() => replaced('team-9', { 'team-9': 'team-10' })).toThrow('team-10 is not as long as team-9');
  });
});

describe('podAddress', () => {
  it('is another one for each pod, of the same length, in the largest cluster', () => {
    const addresses = new Set<string>();
    for (let namespace = 0; namespace < 10_000; namespace += 1)
      for (let pod = 0; pod < 15; pod += 1) addresses.add(podAddress(namespace, pod));
    expect(addresses.size).toBe(150_000);
    expect(new Set([...addresses].map(({ length }) => length)).size).toBe(1);
    expect(
      [...addresses].flatMap((address) => address.split('.')).every((octet) => Number(octet) < 256),
    ).toBe(true);
    expect(namespaceName(9999)).toHaveLength(namespaceName(0).length);
  });
});
