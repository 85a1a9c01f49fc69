import { type Address, parseAddress } from './address.ts';
import { type AddressRange, rangeContains, rangeIncludes, rangeLiteral } from './address-range.ts';
import { withEmbedded } from './embedded-ipv4.ts';
import { RangeTable } from './range-table.ts';
import { type Opening, specialRanges } from './special-purpose.ts';

/** One reason why an address is not a public destination. */
export interface SpecialAddress {
  readonly name: string;
  readonly range: AddressRange;
  readonly opening: Opening;
  /** The special address: the classified one, or an IPv4 address that it embeds. */
  readonly address: Address;
}

export type AddressClass =
  | { kind: 'public' }
  /** Reachable only if each of `special` is opened. */
  | { kind: 'special'; name: string; special: readonly SpecialAddress[] };

interface Row {
  name: string;
  range: AddressRange;
  opening: Opening | 'public';
}

const table = new RangeTable<Row>();
for (const { range: text, name, opening } of specialRanges) {
  const range = rangeLiteral(text);
  table.set(range, { name, opening, range });
}

const PUBLIC: AddressClass = { kind: 'public' };

/**
 * Whether an address is an ordinary public destination. A text that is not an address is `special`. `nat64`: prefixes
 * that the network translates besides the well-known ones.
 */
export function classifyAddress(address: Address | string, nat64?: readonly AddressRange[]): AddressClass {
  const parsed = typeof address === 'string' ? parseAddress(address) : address;
  if (parsed === undefined) return { kind: 'special', name: 'not an address', special: [] };
  const special = withEmbedded(parsed, nat64)
    .map(findSpecial)
    .filter((found) => found !== undefined);
  const [first] = special;
  return first === undefined ? PUBLIC : { kind: 'special', name: first.name, special };
}

/** Whether the operator's ranges open an address. A public one needs no opening. */
export function isOpened(classified: AddressClass, opened: readonly AddressRange[]): boolean {
  if (classified.kind === 'public') return true;
  const { special } = classified;
  return special.length > 0 && special.every((each) => isOpenedBy(opened, each));
}

function isOpenedBy(opened: readonly AddressRange[], { opening, range, address }: SpecialAddress): boolean {
  if (opening === 'never') return false;
  return opened.some(
    (candidate) =>
      rangeIncludes(candidate, address) && (opening === 'listed' || rangeContains(range, candidate)),
  );
}

function findSpecial(address: Address): SpecialAddress | undefined {
  const row = table.find(address);
  if (row === undefined || row.opening === 'public') return undefined;
  return { name: row.name, range: row.range, opening: row.opening, address };
}
