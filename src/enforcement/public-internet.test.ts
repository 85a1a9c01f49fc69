import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { describe, expect, it } from 'vitest';
import { publicInternetRules } from './public-internet.ts';

const cluster = ['10.244.0.0/16', '10.96.0.0/12', '8.8.8.0/24', 'fd00:10::/64', '2a00::/64'];

function opens(address: string, opened: string[] = [], nat64Prefixes: string[] = []): boolean {
  const parsed = ipaddr.parse(address);
  const within = (cidr: string) => {
    const [network, bits] = ipaddr.parseCIDR(cidr);
    return network.kind() === parsed.kind() && parsed.match(network, bits);
  };
  return publicInternetRules({ cluster, opened, nat64Prefixes })
    .flatMap(({ to = [] }) => to)
    .some(({ ipBlock }) => ipBlock && within(ipBlock.cidr) && !ipBlock.except?.some(within));
}

describe('publicInternetRules', () => {
  it.each(['1.1.1.1', '93.184.216.34', '2606:4700::1111', '64:ff9b::808:404'])('opens %s', (address) => {
    expect(opens(address)).toBe(true);
  });

  const closed = [
    '127.0.0.1',
    '169.254.169.254',
    '10.1.2.3',
    '100.64.0.1',
    '203.0.113.1',
    '8.8.8.8',
    '::1',
    '64:ff9b::7f00:1',
    '64:ff9b::10.244.0.1',
    'fe80::1',
    'fd00:10::1',
    '2a00::1',
  ];
  it.each(closed)('closes %s', (address) => {
    expect(opens(address)).toBe(false);
  });

  it('opens what the operator opens, but not the cluster inside it', () => {
    expect(opens('10.1.2.3', ['10.0.0.0/8'])).toBe(true);
    expect(opens('10.244.7.7', ['10.0.0.0/8'])).toBe(false);
    expect(opens('10.100.0.1', ['10.0.0.0/8'])).toBe(false);
    expect(opens('10.244.7.7', ['10.244.7.0/24'])).toBe(false);
  });

  describe('with a NAT64 of the operator', () => {
    const prefixes = ['2a01:db8:64::/96', '2a01:db8:4000::/40'];

    it.each([
      ['2a01:db8:64::a01:203', '10.1.2.3'],
      ['2a01:db8:64::7f00:1', '127.0.0.1'],
      ['2a01:db8:64::808:808', 'the cluster'],
      ['2a01:db8:400a:102:3::', '10.1.2.3'],
    ])('closes %s, which leads to %s', (address) => {
      expect(opens(address)).toBe(true);
      expect(opens(address, [], prefixes)).toBe(false);
    });

    it('opens what the operator opens, but not the cluster inside it', () => {
      expect(opens('2a01:db8:64::a01:203', ['10.0.0.0/8'], prefixes)).toBe(true);
      expect(opens('2a01:db8:64::af4:707', ['10.0.0.0/8'], prefixes)).toBe(false);
      expect(opens('64:ff9b::a01:203', ['10.0.0.0/8'], prefixes)).toBe(false);
    });

    it('opens public addresses behind it, and next to it', () => {
      expect(opens('2a01:db8:64::101:101', [], prefixes)).toBe(true);
      expect(opens('2a01:db8:65::a01:203', [], prefixes)).toBe(true);
    });
  });

  it('has no exception inside another', () => {
    const [rule] = publicInternetRules({ cluster, opened: [], nat64Prefixes: [] });
    const [v4] = rule?.to ?? [];
    expect(v4?.ipBlock?.except).not.toContain('10.244.0.0/16');
    expect(v4?.ipBlock?.except).toContain('8.8.8.0/24');
  });

  it('does not depend on the order of the ranges', () => {
    const expected = publicInternetRules({
      cluster,
      opened: ['10.0.0.0/8', '192.168.0.0/16'],
      nat64Prefixes: [],
    });
    fc.assert(
      fc.property(fc.shuffledSubarray(cluster, { minLength: cluster.length }), (reordered) => {
        const actual = publicInternetRules({
          cluster: reordered,
          opened: ['192.168.0.0/16', '10.0.0.0/8'],
          nat64Prefixes: [],
        });
        expect(actual).toEqual(expected);
      }),
    );
  });
});
