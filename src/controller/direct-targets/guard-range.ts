import {
  type AddressRange,
  classifyAddress,
  embeddedIPv4,
  embeddingRanges,
  isOpened,
  parseAddress,
  parseRange,
  rangeContains,
  rangeLiteral,
  rangesOverlap,
  readableRanges,
  type SpecialRange,
  specialRanges,
} from '../../rules/index.ts';

export interface GuardedRanges {
  /** Ranges of the cluster itself. */
  clusterCIDRs: readonly string[];
  /** The special-purpose ranges that the operator opens. */
  opened: readonly string[];
  /** Prefixes of the network's own NAT64. */
  nat64: readonly string[];
}

interface Row extends SpecialRange {
  parsed: AddressRange;
}

const rows = specialRanges.map((special): Row => ({ ...special, parsed: rangeLiteral(special.range) }));

/**
 * Public ranges whose addresses each embed an IPv4 address (NAT64, Teredo, 6to4). Only a single address of them can be
 * checked, never a range.
 */
const publicEmbedding = embeddingRanges.filter(({ text }) =>
  rows.some(({ opening, parsed }) => opening === 'public' && parsed.text === text),
);

/**
 * The agents' destination guard, applied to a range that is opened past the proxy: nothing of the cluster itself, and
 * special-purpose ranges only if the operator has opened them.
 */
export function passesGuard(cidr: string, { clusterCIDRs, opened, nat64 }: GuardedRanges): boolean {
  const parsed = parseRange(cidr);
  if (!parsed.ok) return false;
  const { range } = parsed;
  const reached = [range, ...readableRanges(embeddedIn(cidr, nat64))];
  if (readableRanges(clusterCIDRs).some((own) => reached.some((each) => rangesOverlap(own, each))))
    return false;
  const ranges = readableRanges(opened);
  const address = singleAddressOf(cidr);
  if (address !== undefined) return isOpened(classifyAddress(address, readableRanges(nat64)), ranges);
  if ([...publicEmbedding, ...readableRanges(nat64)].some((each) => rangesOverlap(each, range))) return false;
  return rowsOf(range).every((row) => isOpen(row, range, ranges));
}

/** The IPv4 addresses that a single IPv6 address embeds, as ranges. */
export function embeddedIn(cidr: string, nat64: readonly string[]): string[] {
  const address = parseAddress(singleAddressOf(cidr) ?? '');
  return address === undefined
    ? []
    : embeddedIPv4(address, readableRanges(nat64)).map(({ text }) => `${text}/32`);
}

function singleAddressOf(cidr: string): string | undefined {
  const [text = '', bits] = cidr.split('/');
  const address = parseAddress(text);
  return address !== undefined && Number(bits) === (address.family === 4 ? 32 : 128) ? text : undefined;
}

/** The narrowest row that contains a range, and every row inside it. */
function rowsOf(range: AddressRange): Row[] {
  const around = rows.filter(({ parsed }) => rangeContains(parsed, range));
  const narrowest = around.filter(
    (row) => !around.some((other) => other !== row && rangeContains(row.parsed, other.parsed)),
  );
  const inside = rows.filter((row) => !around.includes(row) && rangeContains(range, row.parsed));
  return [...narrowest, ...inside];
}

function isOpen({ opening, parsed }: Row, range: AddressRange, opened: readonly AddressRange[]): boolean {
  if (opening === 'public') return true;
  if (opening === 'never') return false;
  return opened.some(
    (candidate) =>
      rangeContains(candidate, range) && (opening === 'listed' || rangeContains(parsed, candidate)),
  );
}
