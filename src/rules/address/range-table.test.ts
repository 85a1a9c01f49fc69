import { globSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { addressFromValue } from './address.ts';
import { type AddressRange, rangeIncludes, readNetwork } from './address-range.ts';
import { RangeTable } from './range-table.ts';

const addresses = fc.oneof(
  fc.bigInt({ min: 0n, max: 0xffff_ffffn }).map((value) => addressFromValue(4, value)),
  fc.bigInt({ min: 1n << 64n, max: (1n << 128n) - 1n }).map((value) => addressFromValue(6, value)),
);
const ranges = fc
  .tuple(addresses, fc.nat(128))
  .map(([{ text, family }, prefix]) => readNetwork(`${text}/${family === 4 ? prefix % 33 : prefix}`))
  .filter((range) => range !== undefined);

const first = ({ family, first }: AddressRange) => addressFromValue(family, first);

/** A table, and the ranges that it then has; false removes a range. */
function apply(changes: readonly [AddressRange, boolean][]) {
  const table = new RangeTable<string>();
  const model = new Map<string, AddressRange>();
  for (const [range, added] of changes) {
    if (added) {
      table.set(range, range.text);
      model.set(range.text, range);
    } else {
      table.delete(range);
      model.delete(range.text);
    }
  }
  return { table, model };
}

/** IPv6 networks that differ in the high 64 bits only. */
function* sameLowBits(count: number): Generator<AddressRange> {
  for (let index = 1n; index <= BigInt(count); index += 1n) {
    const range = readNetwork(`${addressFromValue(6, ((0x2001_0db8n << 32n) | index) << 64n).text}/128`);
    if (range !== undefined) yield range;
  }
}

afterEach(() => vi.restoreAllMocks());

describe('RangeTable', () => {
  it('finds what a search through all ranges finds, after any additions and removals', () => {
    const steps = fc.array(fc.tuple(ranges, fc.boolean()), { maxLength: 60 });
    fc.assert(
      fc.property(steps, fc.array(addresses, { maxLength: 10 }), (changes, others) => {
        const { table, model } = apply(changes);
        for (const address of [...others, ...changes.map(([range]) => first(range))]) {
          const expected = [...model.values()]
            .filter((range) => rangeIncludes(range, address))
            .sort((a, b) => b.prefix - a.prefix)
            .map(({ text }) => text);
          expect([...table.containing(address)]).toEqual(expected);
        }
        expect(table.isEmpty).toBe(model.size === 0);
      }),
    );
  });

  it('looks an address up by one text for each prefix length in use, whatever the low bits of the ranges', () => {
    const table = new RangeTable<string>();
    const all = [...sameLowBits(2000)];
    const set = vi.spyOn(Map.prototype, 'set');
    for (const range of all) table.set(range, range.text);
    const keys: unknown[] = set.mock.calls.map(([key]) => key);
    set.mockRestore();
    expect(keys).toHaveLength(all.length);
    expect(new Set(keys).size).toBe(all.length);
    // A text that cannot be read as a number is hashed with the process's secret; numbers and BigInts are not.
    expect(keys.filter((key) => typeof key !== 'string' || !/^x|\//.test(key))).toEqual([]);

    const get = vi.spyOn(Map.prototype, 'get');
    for (const range of all) table.find(first(range));
    expect(get).toHaveBeenCalledTimes(all.length);
  });

  it('no container of the product is keyed by a BigInt', () => {
    const src = new URL('../../', import.meta.url).pathname;
    const keyed = globSync(`${src}**/*.ts`)
      .filter((file) => !file.endsWith('.test.ts'))
      .filter((file) => /\b(Map|Set)<bigint\b/.test(readFileSync(file, 'utf8')));
    expect(keyed).toEqual([]);
  });
});
