import { describe, expect, it } from 'vitest';
import { addressOfReverseName, zoneOf } from './zone.ts';

describe('zoneOf', () => {
  it.each([
    ['web.shop.svc.cluster.local', 'cluster'],
    ['cluster.local', 'cluster'],
    ['_http._tcp.web.shop.svc.cluster.local', 'cluster'],
    ['notcluster.local', 'outside'],
    ['cluster.local.example.com', 'outside'],
    ['example.com', 'outside'],
    ['web', 'outside'],
    ['', 'outside'],
    ['local', 'outside'],
    // Names of private and of public addresses.
    ['10.0.96.10.in-addr.arpa', 'cluster'],
    ['7.1.244.10.in-addr.arpa', 'cluster'],
    ['8.8.8.8.in-addr.arpa', 'outside'],
    ['34.216.184.93.in-addr.arpa', 'outside'],
    [`${'0.'.repeat(24)}0.1.0.0.0.0.d.f.ip6.arpa`, 'cluster'],
    [`8.8.8.8.${'0.'.repeat(16)}0.6.8.4.0.6.8.4.1.0.0.2.ip6.arpa`, 'outside'],
    // A label more, as data in front of an address would be.
    ['data.10.0.96.10.in-addr.arpa', 'outside'],
    ['96.10.in-addr.arpa', 'outside'],
    ['300.0.96.10.in-addr.arpa', 'outside'],
  ] as const)('%s is %s', (name, zone) => {
    expect(zoneOf(name, 'cluster.local')).toBe(zone);
  });
});

describe('addressOfReverseName', () => {
  it('reads both families', () => {
    expect(addressOfReverseName('10.0.96.10.in-addr.arpa')).toBe('10.96.0.10');
    expect(addressOfReverseName(`1.${'0.'.repeat(23)}0.1.0.0.0.0.d.f.ip6.arpa`)).toBe(
      'fd00:0010:0000:0000:0000:0000:0000:0001',
    );
  });
});
