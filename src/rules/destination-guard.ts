import type { Address } from './address.ts';
import { rangeHolds } from './address-range.ts';
import { classifyAddress, isOpened } from './classify-address.ts';
import { type Client, type Refusal, type Remedy, refusal, type Snapshot } from './decision.ts';
import { embeddedIPv4 } from './embedded-ipv4.ts';
import { findAllowedRange } from './match-rules.ts';

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
  const carried = embeddedIPv4(address);
  if ([address, ...carried].some(({ text }) => settings.ownAddresses.has(text)))
    return refusal('ProxyItself');
  const judged = classifyAddress(address);
  const inCluster = [address, ...carried]
    .map((face) => settings.clusterRanges.find(face))
    .find((name) => name !== undefined);
  if (judged.kind === 'public' && inCluster === undefined) return undefined;

  const opened = isOpened(judged, settings.privateRanges) && (inCluster === undefined || listed(address));
  const name = inCluster ?? (judged.kind === 'special' ? judged.name : undefined);
  if (!opened) return privateDestination(name, remedyOf(judged));
  if (settings.privateDestinations === 'Allow') return undefined;
  if (findAllowedRange(book, client, settings.ruleSetScope, address, port) !== undefined) return undefined;
  return privateDestination(name, 'rule');

  function listed(candidate: Address): boolean {
    return settings.privateRanges.some((range) => rangeHolds(range, candidate));
  }
}

function remedyOf(judged: ReturnType<typeof classifyAddress>): Remedy {
  const never = judged.kind === 'special' && judged.faces.some(({ opening }) => opening === 'never');
  return never ? 'none' : 'operator';
}

function privateDestination(name: string | undefined, remedy: Remedy): Refusal {
  return refusal('PrivateDestination', { detail: name, remedy });
}
