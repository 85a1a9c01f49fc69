import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressFromValue } from '../address/address.ts';
import { classifyAddress } from '../address/classify-address.ts';
import { formatDestination, parseDestination } from './destination.ts';

function read(host: string, port = 443): string {
  const parsed = parseDestination(host, port);
  return parsed.ok ? `${parsed.destination.kind} ${formatDestination(parsed.destination)}` : 'malformed';
}

describe('parseDestination', () => {
  it.each([
    ['a name', 'api.example.com', 'name api.example.com:443'],
    ['mixed case', 'API.Example.com', 'name api.example.com:443'],
    ['trailing dots', 'api.example.com..', 'name api.example.com:443'],
    ['percent-encoded UTF-8', 'b%C3%BCcher.example', 'name xn--bcher-kva.example:443'],
    ['full-width letters', '\uff41\uff50\uff49.example.com', 'name api.example.com:443'],
    ['the ideographic full stop', 'api\u3002example\u3002com', 'name api.example.com:443'],
    ['IPv4', '192.0.2.7', 'address 192.0.2.7:443'],
    ['IPv4 with a trailing dot', '127.0.0.1.', 'address 127.0.0.1:443'],
    ['hexadecimal', '0x7f.1', 'address 127.0.0.1:443'],
    ['octal', '0177.0.0.1', 'address 127.0.0.1:443'],
    ['one number', '2130706433', 'address 127.0.0.1:443'],
    ['one hexadecimal number', '0x7f000001', 'address 127.0.0.1:443'],
    ['zero', '0', 'address 0.0.0.0:443'],
    ['zero in hexadecimal', '0x0', 'address 0.0.0.0:443'],
    ['encoded digits', '%31%32%37.1', 'address 127.0.0.1:443'],
    ['full-width digits', '\uff11\uff12\uff17.1', 'address 127.0.0.1:443'],
    ['IPv6', '::1', 'address [::1]:443'],
    ['IPv6 in brackets', '[::1]', 'address [::1]:443'],
    ['IPv6 in encoded brackets', '%5B::1%5D', 'address [::1]:443'],
    ['mapped', '[::ffff:7f00:1]', 'address 127.0.0.1:443'],
    ['mapped with a quad', '::ffff:127.0.0.1', 'address 127.0.0.1:443'],
    ['IPv4 in brackets', '[127.1]', 'address 127.0.0.1:443'],
  ])('reads %s', (_, host, wanted) => {
    expect(read(host)).toBe(wanted);
  });

  it.each([
    ['nothing', ''],
    ['user info', 'user@example.com'],
    ['a zone', 'fe80::1%25eth0'],
    ['a zone in brackets', '[fe80::1%eth0]'],
    ['a name in brackets', '[localhost]'],
    ['a control character', 'a\tb.example'],
    ['an encoded line break', 'a%0d%0ab.example'],
    ['an encoded slash', 'a%2fb.example'],
    ['double encoding', '%2531.example'],
    ['bytes that are not UTF-8', '%ff.example'],
    ['an asterisk', '*.example.com'],
    ['an empty label', 'a..example.com'],
    ['a number that is not an address', '1.2.3.256'],
    ['five numbers', '1.2.3.4.5'],
    ['a long name', `${'a.'.repeat(127)}example`],
    ['a very long text', 'a'.repeat(100_000)],
  ])('finds %s malformed', (_, host) => {
    expect(read(host)).toBe('malformed');
  });

  it.each([0, 65_536, Number.NaN, 1.5, -1])('finds port %d malformed', (port) => {
    expect(read('example.com', port)).toBe('malformed');
  });

  const radix = fc.constantFrom(
    (part: number) => `${part}`,
    (part: number) => `0x${part.toString(16)}`,
    (part: number) => `0X00${part.toString(16).toUpperCase()}`,
    (part: number) => `0${part.toString(8)}`,
  );
  const loopback = fc.integer({ min: 0x7f00_0000, max: 0x7fff_ffff });
  const odd = fc
    .record({
      value: loopback,
      parts: fc.integer({ min: 1, max: 4 }),
      spell: fc.array(radix, { minLength: 4, maxLength: 4 }),
      tail: fc.constantFrom('', '.', '..'),
    })
    .map(({ value, parts, spell, tail }) => {
      const numbers = Array.from({ length: parts - 1 }, (_, index) => (value >>> (24 - 8 * index)) & 255);
      numbers.push(value % 2 ** (8 * (5 - parts)));
      return numbers.map((part, index) => (spell[index] ?? String)(part)).join('.') + tail;
    });

  it('never reads a special address as a public one or as a name, whatever its spelling', () => {
    fc.assert(
      fc.property(odd, (host) => {
        const parsed = parseDestination(host, 80);
        expect(parsed.ok && parsed.destination.kind === 'address').toBe(true);
        if (parsed.ok && parsed.destination.kind === 'address')
          expect(classifyAddress(parsed.destination.address)).toMatchObject({ name: 'loopback' });
      }),
      { numRuns: 2000 },
    );
  });

  it('sees the IPv4 address in every IPv6 form that embeds one', () => {
    const forms: ((ipv4: bigint) => bigint)[] = [
      (ipv4) => (0xffffn << 32n) | ipv4,
      (ipv4) => ipv4,
      (ipv4) => (0xffff_0000n << 32n) | ipv4,
      (ipv4) => (0x64_ff9bn << 96n) | ipv4,
      (ipv4) => (0x64_ff9b_0001n << 80n) | ipv4,
      (ipv4) => (0x2002n << 112n) | (ipv4 << 80n),
      (ipv4) => (0x2001_0000n << 96n) | (0x0808_0808n << 64n) | (ipv4 ^ 0xffff_ffffn),
      (ipv4) => (0x2001_0000n << 96n) | (ipv4 << 64n) | (0x0808_0808n ^ 0xffff_ffffn),
      (ipv4) => (0x2606_4700n << 96n) | (0x5efen << 32n) | ipv4,
    ];
    const special = fc.oneof(loopback, fc.integer({ min: 0x0a00_0000, max: 0x0aff_ffff }));
    fc.assert(
      fc.property(special, fc.constantFrom(...forms), (ipv4, form) => {
        const parsed = parseDestination(`[${addressFromValue(6, form(BigInt(ipv4))).text}]`, 80);
        expect(parsed.ok && parsed.destination.kind === 'address').toBe(true);
        if (parsed.ok && parsed.destination.kind === 'address')
          expect(classifyAddress(parsed.destination.address).kind).toBe('special');
      }),
    );
  });
});
