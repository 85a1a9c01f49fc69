import {
  type Address,
  type AddressClass,
  classifyAddress,
  isOpened,
  rangeIncludes,
  withEmbedded,
} from '../address/index.ts';
import { type Refusal, type Remedy, refusal, type Snapshot } from './decision.ts';
import { findAllowedRange } from './match-rules.ts';
import type { Client } from './request.ts';
import { type DecisionSettings, parentKey } from './settings.ts';

/**
 * Checks whether the proxy may dial an address for a client, in every mode and whatever the rules say. A
 * special-purpose address needs the operator's privateCIDRs and, unless privateDestinations is Allow, a CIDR target of
 * the client's rules (decision 4).
 */
export function guardAddress(
  address: Address,
  { client, port }: { client: Client; port: number },
  { ruleSets, settings }: Snapshot,
): Refusal | undefined {
  const addresses = withEmbedded(address, settings.nat64Prefixes);
  if (addresses.some(({ text }) => settings.ownAddresses.has(text))) return refusal('ProxyItself');
  if (addresses.some(({ text }) => settings.parents.has(parentKey(text, port))))
    return refusal('ProxyItself', { detail: 'its parent' });
  const classified = classifyAddress(address, settings.nat64Prefixes);
  const inside = addresses.find((each) => settings.clusterRanges.find(each) !== undefined);
  if (classified.kind === 'public' && inside === undefined) return undefined;

  const name = nameOf(classified, inside, settings);
  if (!isOpened(classified, settings.privateRanges) || !isListed(inside, settings))
    return privateDestination(name, remedyOf(classified));
  if (settings.privateDestinations === 'Allow') return undefined;
  const rule = findAllowedRange(ruleSets, client, settings, address, port);
  return rule === undefined ? privateDestination(name, 'rule') : undefined;
}

function nameOf(classified: AddressClass, inside: Address | undefined, { clusterRanges }: DecisionSettings) {
  if (inside !== undefined) return clusterRanges.find(inside);
  return classified.kind === 'special' ? classified.name : undefined;
}

/** The cluster's own addresses, even public ones, need privateCIDRs as special-purpose ones do. */
function isListed(inside: Address | undefined, { privateRanges }: DecisionSettings): boolean {
  return inside === undefined || privateRanges.some((range) => rangeIncludes(range, inside));
}

function remedyOf(classified: AddressClass): Remedy {
  const never =
    classified.kind === 'special' && classified.special.some(({ opening }) => opening === 'never');
  return never ? 'none' : 'operator';
}

function privateDestination(name: string | undefined, remedy: Remedy): Refusal {
  return refusal('PrivateDestination', { detail: name, remedy });
}
