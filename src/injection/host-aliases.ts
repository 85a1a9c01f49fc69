import type { HostAlias } from './pod.ts';

/**
 * The pod's hostAliases with the proxy's further names. A name that the pod already has stays where it leads;
 * the same list comes back when nothing is missing.
 */
export function addHostAliases(
  present: HostAlias[] | undefined,
  names: readonly string[],
  address: string | undefined,
): HostAlias[] | undefined {
  if (address === undefined) return present;
  const known = new Set(present?.flatMap(({ hostnames = [] }) => hostnames));
  const hostnames = names.filter((name) => !known.has(name));
  return hostnames.length === 0 ? present : [...(present ?? []), { ip: address, hostnames }];
}
