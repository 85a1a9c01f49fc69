import { type AddressRange, rangeContains, readNetwork, widen } from './address-range.ts';

/** The ranges that readNetwork reads out of these texts, each once, sorted by text: any order of texts gives one list. */
export function networkList(texts: Iterable<string>): AddressRange[] {
  const networks = [...texts].map(readNetwork).filter((range) => range !== undefined);
  return sortedByText(networks);
}

/** The ranges without those that lie inside another one. */
export function outermost(ranges: readonly AddressRange[]): AddressRange[] {
  return ranges.filter(
    (range) => !ranges.some((other) => other.text !== range.text && rangeContains(other, range)),
  );
}

/** Each range once, sorted by text. */
export function sortedByText(ranges: readonly AddressRange[]): AddressRange[] {
  const byText = new Map(ranges.map((range) => [range.text, range]));
  return [...byText].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, range]) => range);
}

/**
 * The fewest ranges that cover exactly the same addresses, in the order of their addresses. A cluster of 5,000 nodes
 * has 5,000 pod ranges, most of them adjacent.
 */
export function aggregate(ranges: Iterable<AddressRange>): AddressRange[] {
  const stack: AddressRange[] = [];
  // By address and then widest first: a range that contains or joins the next one is on top of the stack.
  for (const range of [...ranges].sort(byAddress)) {
    const top = stack.at(-1);
    if (top !== undefined && rangeContains(top, range)) continue;
    stack.push(range);
    while (joinTop(stack));
  }
  return stack;
}

function byAddress(a: AddressRange, b: AddressRange): number {
  if (a.family !== b.family) return a.family - b.family;
  if (a.first !== b.first) return a.first < b.first ? -1 : 1;
  return a.prefix - b.prefix;
}

/** Replaces two halves of one range on top of the stack by that range. */
function joinTop(stack: AddressRange[]): boolean {
  const [low, high] = stack.slice(-2);
  if (low === undefined || high === undefined) return false;
  if (low.family !== high.family || low.prefix !== high.prefix || low.prefix === 0) return false;
  const wider = widen(low);
  if (!rangeContains(wider, high)) return false;
  stack.splice(-2, 2, wider);
  return true;
}
