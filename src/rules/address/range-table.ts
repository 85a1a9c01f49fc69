import { type Address, widths } from './address.ts';
import type { AddressRange } from './address-range.ts';

interface PrefixTable<T> {
  prefix: number;
  byNetwork: Map<string, T>;
}

/**
 * Values of ranges, found by an address. A lookup costs one Map access for each prefix length in use, whatever the number
 * of ranges. The keys are texts, since V8 hashes a number or a BigInt (of which it takes the low 64 bits) without a
 * secret: a tenant could choose ranges that share one bucket.
 */
export class RangeTable<T> {
  readonly #tables: Record<4 | 6, PrefixTable<T>[]> = { 4: [], 6: [] };

  /** Sets the value of exactly this range. */
  set(range: AddressRange, value: T): void {
    this.#tableOf(range).byNetwork.set(keyOf(range), value);
  }

  /** The value of exactly this range. */
  get(range: AddressRange): T | undefined {
    const table = this.#tables[range.family].find(({ prefix }) => prefix === range.prefix);
    return table?.byNetwork.get(keyOf(range));
  }

  delete(range: AddressRange): void {
    const tables = this.#tables[range.family];
    const at = tables.findIndex(({ prefix }) => prefix === range.prefix);
    const table = tables[at];
    if (table === undefined) return;
    table.byNetwork.delete(keyOf(range));
    if (table.byNetwork.size === 0) tables.splice(at, 1);
  }

  /** Values of all ranges that include the address, the narrowest first. */
  *containing({ family, value, text }: Address): Generator<T> {
    const tables = this.#tables[family];
    let digits: string | undefined;
    for (const { prefix, byNetwork } of tables) {
      digits ??= prefix === widths[family] ? undefined : digitsOf(family, value);
      const found = byNetwork.get(digits === undefined ? `${text}/${prefix}` : networkKey(digits, prefix));
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

  #tableOf({ family, prefix }: AddressRange): PrefixTable<T> {
    const tables = this.#tables[family];
    const existing = tables.find((candidate) => candidate.prefix === prefix);
    if (existing !== undefined) return existing;
    const table: PrefixTable<T> = { prefix, byNetwork: new Map() };
    tables.push(table);
    tables.sort((a, b) => b.prefix - a.prefix);
    return table;
  }
}

/** The canonical text of a single address, which is there already: digits take a microsecond, and most ranges are one address. */
function keyOf({ family, first, prefix, text }: AddressRange): string {
  if (prefix === widths[family]) return text;
  return networkKey(digitsOf(family, first), prefix);
}

/** Hexadecimal digits after an `x`, without which V8 would hash some of the texts as the numbers that they spell. */
function digitsOf(family: 4 | 6, value: bigint): string {
  return `x${value.toString(16).padStart(widths[family] / 4, '0')}`;
}

/** The digits of the first `prefix` bits. */
function networkKey(digits: string, prefix: number): string {
  const whole = 1 + (prefix >> 2);
  const bits = prefix & 3;
  const head = digits.slice(0, whole);
  if (bits === 0) return head;
  return head + (Number.parseInt(digits.charAt(whole), 16) >> (4 - bits)).toString(16);
}
