import { type Address, type AddressRange, classifyAddress, withEmbedded } from '../address/index.ts';
import type { Destination } from '../target/index.ts';
import { type CompiledRule, refOf } from './compiled-set.ts';
import type { Client, RuleRef } from './request.ts';
import type { RuleScope } from './rule-scope.ts';
import type { RuleSetIndex, RuleSetLimits } from './rule-set-index.ts';

/** The rule that allows a destination to a client. A rule that names it wins over `*:port`. */
export function findAllow(
  ruleSets: RuleSetIndex,
  client: Client,
  limits: RuleSetLimits,
  destination: Destination,
): RuleRef | undefined {
  const scopes = ruleSets.allowScopes(client, limits);
  const named = firstOf(scopes, (scope) => findNamed(scope, destination));
  if (named !== undefined || !isPublicSoFar(destination)) return named;
  return firstOf(scopes, (scope) => scope.findAny(destination.port));
}

/** The rule that would allow a destination to a client if its set had not expired. */
export function findExpired(
  ruleSets: RuleSetIndex,
  client: Client,
  limits: RuleSetLimits,
  destination: Destination,
): CompiledRule | undefined {
  for (const scope of ruleSets.allowScopes(client, limits, 'expired')) {
    const rule = findNamed(scope, destination);
    if (rule !== undefined) return rule;
  }
  return undefined;
}

/** The CIDR rule that allows an address to a client, whether it was requested or a name resolves to it. */
export function findAllowedRange(
  ruleSets: RuleSetIndex,
  client: Client,
  limits: RuleSetLimits,
  address: Address,
  port: number,
): RuleRef | undefined {
  return firstOf(ruleSets.allowScopes(client, limits), (scope) => scope.findAddress(address, port));
}

/** The cluster rule that denies a destination as requested, before its name is resolved. */
export function findDeny(
  ruleSets: RuleSetIndex,
  client: Client,
  destination: Destination,
  nat64: readonly AddressRange[],
): RuleRef | undefined {
  const scope = ruleSets.denyScope(client);
  if (destination.kind === 'address') {
    const ranged = findDeniedRange(ruleSets, client, destination, nat64);
    if (ranged !== undefined) return ranged;
  }
  const rule = findNamed(scope, destination) ?? scope.findAny(destination.port);
  return rule === undefined ? undefined : refOf(rule);
}

/** The cluster rule that denies an address, or an IPv4 address that it embeds (NAT64, 6to4, Teredo). */
export function findDeniedRange(
  ruleSets: RuleSetIndex,
  client: Client,
  { address, port }: { address: Address; port: number },
  nat64: readonly AddressRange[],
): RuleRef | undefined {
  const scope = ruleSets.denyScope(client);
  for (const each of withEmbedded(address, nat64)) {
    const rule = scope.findAddress(each, port);
    if (rule !== undefined) return refOf(rule);
  }
  return undefined;
}

function findNamed(scope: RuleScope, destination: Destination): CompiledRule | undefined {
  return destination.kind === 'name'
    ? scope.findName(destination.name, destination.port)
    : scope.findAddress(destination.address, destination.port);
}

/** Whether `*:port` can apply: it covers public destinations. A name is checked again when it is resolved. */
function isPublicSoFar(destination: Destination): boolean {
  return destination.kind === 'name' || classifyAddress(destination.address).kind === 'public';
}

function firstOf(
  scopes: readonly RuleScope[],
  find: (scope: RuleScope) => CompiledRule | undefined,
): RuleRef | undefined {
  for (const scope of scopes) {
    const rule = find(scope);
    if (rule !== undefined) return refOf(rule);
  }
  return undefined;
}
