import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseAddress, rangeIncludes } from '../rules/index.ts';
import { PodNetworks } from './pod-networks.ts';

function withPods(...addresses: string[]): PodNetworks {
  const networks = new PodNetworks();
  for (const address of addresses) networks.add(address);
  return networks;
}

const texts = (networks: PodNetworks) => networks.current().map(({ text }) => text);

describe('PodNetworks', () => {
  test('has every address of a /24 or /64 in which a pod is, and no other', () => {
    const networks = withPods('192.168.7.3', 'fd00:10:244:7::5');
    expect(['192.168.7.250', 'fd00:10:244:7:ffff::1'].map((each) => networks.has(each))).toEqual([
      true,
      true,
    ]);
    expect(['192.168.8.3', 'fd00:10:244:8::5', 'x'].map((each) => networks.has(each))).toEqual([
      false,
      false,
      false,
    ]);
    expect(texts(networks)).toEqual(['192.168.7.0/24', 'fd00:10:244:7::/64']);
  });

  test('counts pods: a network is empty with the last one', () => {
    const networks = withPods('10.0.0.1', '10.0.0.2');
    expect([networks.remove('10.0.0.1'), networks.remove('10.0.0.2')]).toEqual([false, true]);
    expect(networks.current()).toEqual([]);
    expect(networks.remove('10.0.0.2')).toBe(false);
  });

  test('remembers a network that has emptied, until 1,024 others have', () => {
    const networks = withPods('10.255.0.1');
    networks.remove('10.255.0.1');
    const empties = (from: number, to: number) => {
      for (let index = from; index < to; index += 1) {
        const address = `10.${index >> 8}.${index & 255}.1`;
        networks.add(address);
        networks.remove(address);
      }
    };
    empties(0, 1_023);
    expect(networks.has('10.255.0.9')).toBe(true);
    empties(1_023, 1_024);
    expect(networks.has('10.255.0.9')).toBe(false);
  });

  test('the networks include exactly the addresses that were added, whatever their spelling', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.ipV4(), fc.ipV6()), { minLength: 1, maxLength: 8 }), (given) => {
        const addresses = given.filter((text) => parseAddress(text) !== undefined);
        const networks = withPods(...addresses);
        for (const text of addresses) {
          const address = parseAddress(text);
          expect(networks.has(text)).toBe(true);
          expect(networks.current().some((range) => address && rangeIncludes(range, address))).toBe(true);
          networks.remove(text);
        }
        expect(networks.current()).toEqual([]);
      }),
    );
  });
});
