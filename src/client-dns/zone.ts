import { classifyAddress, parseAddress } from '../rules/index.ts';

/** `cluster`: the cluster's DNS answers by itself. `outside`: it would ask other nameservers. */
export type Zone = 'cluster' | 'outside';

/**
 * The zone of a canonical name. The names of addresses belong to the cluster if the address is not a public one: the
 * reverse zones of public addresses are their owners', who see what is asked.
 */
export function zoneOf(name: string, clusterDomain: string): Zone {
  if (name === clusterDomain || name.endsWith(`.${clusterDomain}`)) return 'cluster';
  const address = addressOfReverseName(name);
  return address !== undefined && classifyAddress(address).kind === 'special' ? 'cluster' : 'outside';
}

const REVERSE4 = /^((?:\d{1,3}\.){4})in-addr\.arpa$/;
const REVERSE6 = /^((?:[0-9a-f]\.){32})ip6\.arpa$/;

/** The address of a name such as 4.3.2.1.in-addr.arpa (RFC 1035, 3.5; RFC 3596, 2.5); undefined for another name. */
export function addressOfReverseName(name: string): string | undefined {
  const reversed4 = REVERSE4.exec(name)?.[1];
  const reversed6 = REVERSE6.exec(name)?.[1];
  if (reversed4 !== undefined) return valid(labels(reversed4).join('.'));
  if (reversed6 === undefined) return undefined;
  return valid((labels(reversed6).join('').match(/.{4}/g) ?? []).join(':'));
}

function labels(reversed: string): string[] {
  return reversed.slice(0, -1).split('.').reverse();
}

function valid(text: string): string | undefined {
  return parseAddress(text) === undefined ? undefined : text;
}
