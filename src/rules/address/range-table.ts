import { type Address, widths } from './address.ts';
import type { AddressRange } from './address-range.ts';

/**
 * Values of ranges, found by an address. A lookup costs one Map access for each prefix length in use, whatever the number
 * of ranges.
 */
export class RangeTable<T> {
  readonly #tables: Record<4 | 6, { prefix: number; shift: bigint; byNetwork: Map<bigint, T> }[]> = {
    4: [],
    6: [],
  };

  /** Sets the value of exactly this range. */
  set(range: AddressRange, value: T): void {
    const shift = BigInt(widths[range.family] - range.prefix);
    this.#tableOf(range).byNetwork.set(range.first >> shift, value);
  }

  /** The value of exactly this range. */
  get({ family, prefix, first }: AddressRange): T | undefined {
    const table = this.#tables[family].find((candidate) => candidate.prefix === prefix);
    return table?.byNetwork.get(first >> table.shift);
  }

  delete({ family, prefix, first }: AddressRange): void {
    const tables = this.#tables[family];
    const at = tables.findIndex((candidate) => candidate.prefix === prefix);
    const table = tables[at];
    if (table === undefined) return;
    table.byNetwork.delete(first >> table.shift);
    if (table.byNetwork.size === 0) tables.splice(at, 1);
  }

  /** Values of all ranges that include the address, the narrowest first. */
  *containing({ family, value }: Address): Generator<T> {
    for (const { shift, byNetwork } of this.#tables[family]) {
      const found = byNetwork.get(value >> shift);
      if (found !== undefined) yield found;
    }
  }

  /** Value of the narrowest range that includes the address. */
  find(address: Address): T | undefined {
    for (const found of this.containing(address)) return found;
    return undefined;
  }

  get isEmpty(): boolean {
    return this.#tables[4].length === 0 && this.#tables[6].length === 0;
  }

  #tableOf({ family, prefix }: AddressRange) {
    const tables = this.#tables[family];
    const existing = tables.find((candidate) => candidate.prefix === prefix);
    if (existing !== undefined) return existing;
    const table = { prefix, shift: BigInt(widths[family] - prefix), byNetwork: new Map<bigint, T>() };
    tables.push(table);
    tables.sort((a, b) => b.prefix - a.prefix);
    return table;
  }
}
