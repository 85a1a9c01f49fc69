import { type AddressRange, outermost, rangeContains, rangeLiteral, specialRanges } from '../rules/index.ts';

/**
 * Ranges that the second layer closes: Squid's own ACLs and the proxy's NetworkPolicy. The first layer, the agent's
 * destination guard, has the same source (src/rules) and checks each address. A list of ranges can close only those
 * without a public part.
 */
export const closedRanges: readonly AddressRange[] = closable(() => true);

/** Ranges that stay closed whatever the operator opens: loopback and the unspecified addresses. */
export const neverOpened: readonly AddressRange[] = closable((opening) => opening === 'never');

function closable(chosen: (opening: string) => boolean): AddressRange[] {
  const rows = specialRanges.map(({ range, opening }) => ({ range: rangeLiteral(range), opening }));
  const publicParts = rows.filter(({ opening }) => opening === 'public').map(({ range }) => range);
  const ranges = rows
    .filter(({ opening }) => opening !== 'public' && chosen(opening))
    .map(({ range }) => range)
    .filter((range) => !publicParts.some((part) => rangeContains(range, part)));
  return outermost(ranges);
}
