import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressFromValue } from './address.ts';
import { rangeIncludes, rangeLiteral } from './address-range.ts';
import { embeddedIPv4, throughNat64 } from './embedded-ipv4.ts';

/** Bits 64 to 71 of a prefix are zero, as RFC 6052 has it. */
const prefixes = fc
  .tuple(fc.constantFrom(32, 40, 48, 56, 64, 96), fc.bigInt(0n, (1n << 64n) - 1n))
  .map(([length, high]) => {
    const network = (high << 64n) & ~((1n << BigInt(128 - length)) - 1n);
    return rangeLiteral(
      `${addressFromValue(6, (0x2a01n << 112n) | (network & ((1n << 112n) - 1n))).text}/${length}`,
    );
  });
const ranges = fc.tuple(fc.nat(0xffff_ffff), fc.integer({ min: 0, max: 32 })).map(([value, length]) => {
  const rest = (1n << BigInt(32 - length)) - 1n;
  return rangeLiteral(`${addressFromValue(4, BigInt(value) & ~rest).text}/${length}`);
});

describe('throughNat64', () => {
  it('has an address exactly if it leads to the range', () => {
    fc.assert(
      fc.property(prefixes, ranges, fc.nat(0xffff_ffff), fc.boolean(), (prefix, range, other, inside) => {
        const rest = (1n << BigInt(32 - range.prefix)) - 1n;
        const ipv4 = inside ? range.first | (BigInt(other) & rest) : BigInt(other);
        const [address] = throughNat64([rangeLiteral(`${addressFromValue(4, ipv4).text}/32`)], [prefix])
          .slice(1)
          .map(({ first }) => addressFromValue(6, first));
        if (address === undefined) throw new Error('not translated');
        expect(embeddedIPv4(address, [prefix]).map(({ value }) => value)).toContain(ipv4);
        const [, translated] = throughNat64([range], [prefix]);
        expect(translated && rangeIncludes(translated, address)).toBe(
          rangeIncludes(range, addressFromValue(4, ipv4)),
        );
      }),
    );
  });

  it('translates by the well-known prefix, and no IPv6 range', () => {
    const texts = throughNat64([rangeLiteral('10.0.0.0/8'), rangeLiteral('fd00::/8')]).map(
      ({ text }) => text,
    );
    expect(texts).toEqual(['64:ff9b::a00:0/104']);
  });
});
