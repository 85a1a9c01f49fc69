import { describe, expect, it } from 'vitest';
import { parseAddress } from './address.ts';
import { readableRanges } from './address-range.ts';
import { classifyAddress, isOpened } from './classify-address.ts';
import { specialRanges } from './special-purpose.ts';

describe('classifyAddress', () => {
  it.each([
    '1.1.1.1',
    '8.8.8.8',
    '100.63.255.255',
    '100.128.0.0',
    '172.15.255.255',
    '172.32.0.0',
    '192.0.1.0',
    '223.255.255.255',
    '2606:4700::1111',
    '2001:4860:4860::8888',
    '64:ff9b::8.8.8.8',
    '2002:808:808::1',
    '::ffff:8.8.8.8',
    '192.31.196.1',
    '2001:4:112::1',
  ])('%s is public', (text) => {
    expect(classifyAddress(text)).toEqual({ kind: 'public' });
  });

  it.each([
    ['0.0.0.0', 'this network'],
    ['10.255.255.255', 'private use'],
    ['100.64.0.0', 'shared address space (CGNAT)'],
    ['127.255.255.255', 'loopback'],
    ['169.254.169.254', 'link-local'],
    ['168.63.129.16', 'cloud metadata'],
    ['100.100.100.200', 'cloud metadata'],
    ['192.0.0.9', 'IETF protocol assignments'],
    ['2001:1::1', 'IETF protocol assignments'],
    ['203.0.113.5', 'documentation'],
    ['224.0.0.1', 'multicast'],
    ['240.0.0.1', 'reserved'],
    ['255.255.255.255', 'limited broadcast'],
    ['::', 'unspecified'],
    ['::1', 'loopback'],
    ['::ffff:127.0.0.1', 'loopback'],
    ['::8.8.8.8', 'IPv4-compatible'],
    ['64:ff9b::127.0.0.1', 'loopback'],
    ['64:ff9b:1::8.8.8.8', 'local-use NAT64'],
    ['2002:a00:1::1', 'private use'],
    ['2001:0:808:808::80ff:fffe', 'loopback'],
    ['2606:4700::5efe:10.0.0.1', 'private use'],
    ['2606:4700::200:5efe:10.0.0.1', 'private use'],
    ['2001:db8::1', 'documentation'],
    ['3fff::1', 'documentation'],
    ['fd00:ec2::254', 'cloud metadata'],
    ['fd00::1', 'unique-local'],
    ['fe80::1', 'link-local'],
    ['ff02::1', 'multicast'],
    ['4000::1', 'not global unicast'],
    ['not an address', 'not an address'],
  ])('%s is special: %s', (text, name) => {
    expect(classifyAddress(text)).toMatchObject({ kind: 'special', name });
  });

  it('classifies the first address of every range of the table by the narrowest row', () => {
    for (const { range, opening } of specialRanges) {
      const [first = ''] = range.split('/');
      const judged = classifyAddress(first);
      if (opening !== 'public') expect(judged.kind, range).toBe('special');
    }
  });
});

describe('isOpened', () => {
  it.each([
    ['a private address by its range', '10.1.2.3', ['10.0.0.0/8'], true],
    ['a private address by everything', '10.1.2.3', ['0.0.0.0/0'], true],
    ['a private address by another range', '10.1.2.3', ['192.168.0.0/16'], false],
    ['link-local by everything', '169.254.169.254', ['0.0.0.0/0'], false],
    ['link-local by its name', '169.254.169.254', ['169.254.169.254/32'], true],
    ['AWS metadata by unique-local', 'fd00:ec2::254', ['fd00::/8'], false],
    ['loopback by its name', '127.0.0.1', ['127.0.0.0/8'], false],
    ['unspecified by its name', '::', ['::/128'], false],
    ['an address in NAT64 by its IPv4 range', '64:ff9b::10.1.2.3', ['10.0.0.0/8'], true],
    ['an address in local NAT64 by one half', '64:ff9b:1::10.1.2.3', ['10.0.0.0/8'], false],
    ['an address in local NAT64 by both', '64:ff9b:1::10.1.2.3', ['10.0.0.0/8', '64:ff9b:1::/48'], true],
    ['a public address by nothing', '8.8.8.8', [], true],
  ])('%s', (_, text, opened, wanted) => {
    const address = parseAddress(text);
    expect(address).toBeDefined();
    if (address !== undefined)
      expect(isOpened(classifyAddress(address), readableRanges(opened))).toBe(wanted);
  });
});

describe("a prefix of the network's own NAT64", () => {
  // The examples of RFC 6052, section 2.4, with 10.1.2.3 instead of 192.0.2.33.
  it.each([
    ['2a00:db8::/32', '2a00:db8:a01:203::'],
    ['2a00:db8:100::/40', '2a00:db8:10a:102:3::'],
    ['2a00:db8:122::/48', '2a00:db8:122:a01:2:300::'],
    ['2a00:db8:122:300::/56', '2a00:db8:122:30a:1:203::'],
    ['2a00:db8:122:344::/64', '2a00:db8:122:344:a:102:300::'],
    ['2a00:db8:122:344::/96', '2a00:db8:122:344::10.1.2.3'],
  ])('%s hides no private address', (prefix, text) => {
    expect(classifyAddress(text)).toEqual({ kind: 'public' });
    const classified = classifyAddress(text, readableRanges([prefix]));
    expect(classified).toMatchObject({ kind: 'special', name: 'private use' });
    expect(isOpened(classified, readableRanges(['10.1.0.0/16']))).toBe(true);
    expect(isOpened(classified, readableRanges(['10.2.0.0/16']))).toBe(false);
  });

  it('leaves public addresses public', () => {
    const prefixes = readableRanges(['2a00:db8:122:344::/96']);
    expect(classifyAddress('2a00:db8:122:344::8.8.8.8', prefixes).kind).toBe('public');
    expect(classifyAddress('2a00:db8:122:345::10.1.2.3', prefixes).kind).toBe('public');
  });
});
