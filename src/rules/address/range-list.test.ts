import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { describe, expect, test } from 'vitest';
import { aggregate, networkList } from './range-list.ts';

const aggregated = (texts: string[]) => aggregate(networkList(texts)).map(({ text }) => text);

describe('aggregate', () => {
  test.each([
    ['neighbours become one', ['10.0.1.0/24', '10.0.0.0/24'], ['10.0.0.0/23']],
    ['neighbours of different parents stay', ['10.0.1.0/24', '10.0.2.0/24'], ['10.0.1.0/24', '10.0.2.0/24']],
    ['four become one', ['10.0.0.0/26', '10.0.0.64/26', '10.0.0.128/26', '10.0.0.192/26'], ['10.0.0.0/24']],
    ['a range inside another is left out', ['10.0.0.0/8', '10.1.0.0/16'], ['10.0.0.0/8']],
    ['host bits are cleared', ['10.0.0.7/24'], ['10.0.0.0/24']],
    ['an address is a range', ['192.0.2.7', '2001:db8::1'], ['192.0.2.7/32', '2001:db8::1/128']],
    ['families stay apart', ['::/1', '0.0.0.0/1'], ['0.0.0.0/1', '::/1']],
    ['a text that is not a range is left out', ['', 'x', '10.0.0.0/33'], []],
  ])('%s', (_, given, expected) => {
    expect(aggregated(given)).toEqual(expected);
  });

  test('covers the same addresses', () => {
    const octet = fc.integer({ min: 0, max: 3 });
    const cidr = fc
      .tuple(octet, octet, fc.integer({ min: 24, max: 32 }))
      .map(([c, d, bits]) => `10.0.${c}.${d}/${bits}`);
    const address = fc.tuple(octet, octet).map(([c, d]) => `10.0.${c}.${d}`);
    const inAny = (ranges: string[], ip: string) =>
      ranges.some((range) => ipaddr.parse(ip).match(ipaddr.parseCIDR(range)));
    fc.assert(
      fc.property(fc.array(cidr, { maxLength: 12 }), address, (cidrs, ip) => {
        expect(inAny(aggregated(cidrs), ip)).toBe(inAny(cidrs, ip));
      }),
    );
  });
});
