import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressFromValue, parseAddress } from '../../rules/index.ts';
import { acceptLimit } from './accept-limit.ts';
import { type ClientEntry, ClientTable, ownerKey } from './client-table.ts';

const entry = (text: string, owner: string, limit: number): ClientEntry => {
  const address = parseAddress(text);
  if (address === undefined) throw new Error(text);
  return { address, owner, limit };
};

function tableOf(entries: readonly ClientEntry[]): Buffer {
  const table = new ClientTable();
  for (const each of entries) table.add(each);
  return table.content;
}

describe('ClientTable', () => {
  it.each([
    ['10.1.2.3', '00000000000000000000ffff0a010203'],
    ['2001:db8::5', '20010db8000000000000000000000005'],
  ])('writes %s as the sixteen bytes of an IPv6 address, then owner and limit', (text, hex) => {
    const bytes = tableOf([entry(text, 'shop', 8000)]);
    expect(bytes.subarray(0, 8).toString()).toBe('accept 1');
    expect(bytes.subarray(8, 24).toString('hex')).toBe(hex);
    expect(bytes.toString('hex', 24, 32)).toBe(ownerKey('shop'));
    expect(bytes.readUInt32LE(32)).toBe(8000);
    expect(bytes).toHaveLength(40);
  });

  it('has one record for each address, in which equal owners have equal keys', () => {
    const family = fc.constantFrom(4 as const, 6 as const);
    const address = family.chain((each) =>
      fc
        .bigInt({ min: 0n, max: (1n << (each === 4 ? 32n : 128n)) - 1n })
        .map((value) => addressFromValue(each, value)),
    );
    const entries = fc.array(
      fc.record({ address, owner: fc.string(), limit: fc.integer({ min: 0, max: 2 ** 40 }) }),
    );
    fc.assert(
      fc.property(entries, (given) => {
        const bytes = tableOf(given);
        expect(bytes).toHaveLength(8 + 32 * given.length);
        for (const [index, { owner, limit }] of given.entries()) {
          expect(bytes.toString('hex', 24 + 32 * index, 32 + 32 * index)).toBe(ownerKey(owner));
          expect(bytes.readUInt32LE(8 + 32 * index + 24)).toBe(Math.min(limit, 2 ** 32 - 1));
        }
      }),
    );
  });
});

describe('acceptLimit', () => {
  it.each([
    ['twice the connections with a request', 4000, 24_576, 8000],
    ['no more than a third of the descriptors', 4000, 3072, 1024],
    ['one of two for a namespace with the least limit', 1, 24_576, 2],
  ])('is %s', (_, connections, descriptors, limit) => {
    expect(acceptLimit(connections, descriptors)).toBe(limit);
  });
});
