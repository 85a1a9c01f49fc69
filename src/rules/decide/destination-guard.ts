import type { Address } from '../address/address.ts';
import { rangeIncludes } from '../address/address-range.ts';
import { type AddressClass, classifyAddress, isOpened } from '../address/classify-address.ts';
import { embeddedIPv4 } from '../address/embedded-ipv4.ts';
import { type Client, type Refusal, type Remedy, refusal, type Snapshot } from './decision.ts';
import { findAllowedRange } from './match-rules.ts';
import { type DecisionSettings, parentKey } from './settings.ts';

/**
 * Whether the proxy may dial an address for a client. The guard holds in every mode and whatever the rules say; a
 * special-purpose address needs the operator's privateCIDRs and, unless privateDestinations is Allow, a CIDR target
 * of the client's rules (decision 4).
 */
export function guardAddress(
  address: Address,
  { client, port }: { client: Client; port: number },
  { book, settings }: Snapshot,
): Refusal | undefined {
  const faces = [address, ...embeddedIPv4(address)];
  if (faces.some(({ text }) => settings.ownAddresses.has(text))) return refusal('ProxyItself');
  if (faces.some(({ text }) => settings.parents.has(parentKey(text, port))))
    return refusal('ProxyItself', { detail: 'its parent' });
  const judged = classifyAddress(address);
  const inside = faces.find((face) => settings.clusterRanges.find(face) !== undefined);
  if (judged.kind === 'public' && inside === undefined) return undefined;

  const name = nameOf(judged, inside, settings);
  if (!isOpened(judged, settings.privateRanges) || !isListed(inside, settings))
    return privateDestination(name, remedyOf(judged));
  if (settings.privateDestinations === 'Allow') return undefined;
  const rule = findAllowedRange(book, client, settings, address, port);
  return rule === undefined ? privateDestination(name, 'rule') : undefined;
}

function nameOf(judged: AddressClass, inside: Address | undefined, { clusterRanges }: DecisionSettings) {
  if (inside !== undefined) return clusterRanges.find(inside);
  return judged.kind === 'special' ? judged.name : undefined;
}

/** The cluster's own addresses may be public ones; they are opened as special ones are. */
function isListed(inside: Address | undefined, { privateRanges }: DecisionSettings): boolean {
  return inside === undefined || privateRanges.some((range) => rangeIncludes(range, inside));
}

function remedyOf(judged: AddressClass): Remedy {
  const never = judged.kind === 'special' && judged.faces.some(({ opening }) => opening === 'never');
  return never ? 'none' : 'operator';
}

function privateDestination(name: string | undefined, remedy: Remedy): Refusal {
  return refusal('PrivateDestination', { detail: name, remedy });
}
