import { type Address, parseAddress } from './address.ts';
import { type AddressRange, parseRange, rangeContains, rangeIncludes } from './address-range.ts';
import { embeddedIPv4 } from './embedded-ipv4.ts';
import { RangeTable } from './range-table.ts';
import { type Opening, specialRanges } from './special-purpose.ts';

/** One reason why an address is no public destination. */
export interface SpecialFace {
  readonly name: string;
  readonly range: AddressRange;
  readonly opening: Opening;
  /** The address that is special: the one asked about, or an IPv4 address that it carries. */
  readonly address: Address;
}

export type AddressClass =
  | { kind: 'public' }
  /** Reached only where every face of it is opened. */
  | { kind: 'special'; name: string; faces: readonly SpecialFace[] };

interface Row {
  name: string;
  range: AddressRange;
  opening: Opening | 'public';
}

const table = new RangeTable<Row>();
for (const { range: text, name, opening } of specialRanges) {
  const parsed = parseRange(text);
  if (!parsed.ok) throw new Error(`special-purpose range ${text}: ${parsed.fault.message}`);
  table.set(parsed.range, { name, opening, range: parsed.range });
}

const PUBLIC: AddressClass = { kind: 'public' };

/** Whether an address is an ordinary public destination; a text that is no address is not. */
export function classifyAddress(address: Address | string): AddressClass {
  const parsed = typeof address === 'string' ? parseAddress(address) : address;
  if (parsed === undefined) return { kind: 'special', name: 'not an address', faces: [] };
  const own = faceOf(parsed);
  const carried = parsed.family === 4 ? [] : embeddedIPv4(parsed).map(faceOf);
  const faces = [own, ...carried].filter((face) => face !== undefined);
  const [first] = faces;
  return first === undefined ? PUBLIC : { kind: 'special', name: first.name, faces };
}

/** Whether the operator's ranges open an address. A public one needs no opening. */
export function isOpened(judged: AddressClass, opened: readonly AddressRange[]): boolean {
  if (judged.kind === 'public') return true;
  return judged.faces.length > 0 && judged.faces.every((face) => opensFace(face, opened));
}

function opensFace({ opening, range, address }: SpecialFace, opened: readonly AddressRange[]): boolean {
  if (opening === 'never') return false;
  return opened.some(
    (candidate) =>
      rangeIncludes(candidate, address) && (opening === 'listed' || rangeContains(range, candidate)),
  );
}

function faceOf(address: Address): SpecialFace | undefined {
  const row = table.find(address);
  if (row === undefined || row.opening === 'public') return undefined;
  return { name: row.name, range: row.range, opening: row.opening, address };
}
