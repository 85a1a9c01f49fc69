import type { Address } from '../address/address.ts';
import { classifyAddress } from '../address/classify-address.ts';
import { withEmbedded } from '../address/embedded-ipv4.ts';
import type { Destination } from '../target/destination.ts';
import { type CompiledRule, refOf } from './compiled-set.ts';
import type { Client, RuleRef } from './decision.ts';
import type { RuleScope, RuleSetIndex, RuleSetLimits } from './rule-set-index.ts';

/** The rule that lets a client reach a destination. One that names it comes before one for any. */
export function findAllow(
  book: RuleSetIndex,
  client: Client,
  limits: RuleSetLimits,
  destination: Destination,
): RuleRef | undefined {
  const shelves = book.allowShelves(client, limits);
  const named = firstOf(shelves, (shelf) => findNamed(shelf, destination));
  if (named !== undefined || !isPublicSoFar(destination)) return named;
  return firstOf(shelves, ({ index, holds }) => index.findAny(destination.port, holds));
}

/** The CIDR rule that lets a client reach an address, as a literal or as what an allowed name resolves to. */
export function findAllowedRange(
  book: RuleSetIndex,
  client: Client,
  limits: RuleSetLimits,
  address: Address,
  port: number,
): RuleRef | undefined {
  return firstOf(book.allowShelves(client, limits), ({ index, holds }) =>
    index.findAddress(address, port, holds),
  );
}

/** The cluster rule that denies a destination as it was asked for. */
export function findDeny(book: RuleSetIndex, client: Client, destination: Destination): RuleRef | undefined {
  const shelf = book.denyShelf(client);
  if (destination.kind === 'address') {
    const ranged = findDeniedRange(book, client, destination.address, destination.port);
    if (ranged !== undefined) return ranged;
  }
  const rule = findNamed(shelf, destination) ?? shelf.index.findAny(destination.port, shelf.holds);
  return rule === undefined ? undefined : refOf(rule);
}

/** The cluster rule that denies an address, or an IPv4 address that it embeds (NAT64, 6to4, Teredo). */
export function findDeniedRange(
  book: RuleSetIndex,
  client: Client,
  address: Address,
  port: number,
): RuleRef | undefined {
  const { index, holds } = book.denyShelf(client);
  for (const each of withEmbedded(address)) {
    const rule = index.findAddress(each, port, holds);
    if (rule !== undefined) return refOf(rule);
  }
  return undefined;
}

function findNamed({ index, holds }: RuleScope, destination: Destination): CompiledRule | undefined {
  return destination.kind === 'name'
    ? index.findName(destination.name, destination.port, holds)
    : index.findAddress(destination.address, destination.port, holds);
}

/** `*:port` holds for public destinations; where a name leads is judged when it is resolved. */
function isPublicSoFar(destination: Destination): boolean {
  return destination.kind === 'name' || classifyAddress(destination.address).kind === 'public';
}

function firstOf(
  shelves: readonly RuleScope[],
  find: (shelf: RuleScope) => CompiledRule | undefined,
): RuleRef | undefined {
  for (const shelf of shelves) {
    const rule = find(shelf);
    if (rule !== undefined) return refOf(rule);
  }
  return undefined;
}
