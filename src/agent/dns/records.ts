import type { DecodedPacket, StringAnswer } from 'dns-packet';

export type Family = 'A' | 'AAAA';

/** What a nameserver says about one name and family. */
export type Lookup =
  /** No addresses with `NOERROR`: the name has none of this family. */
  | { rcode: 'NOERROR' | 'NXDOMAIN'; addresses: string[]; ttlSeconds: number }
  /** No usable answer: refused, failed, timed out. */
  | { rcode: 'SERVFAIL'; addresses: []; ttlSeconds: 0 };

export const FAILED: Lookup = { rcode: 'SERVFAIL', addresses: [], ttlSeconds: 0 };

/** Longer than the chains that exist; a loop ends here. */
const LONGEST_CHAIN = 16;
/** Seconds that a name without addresses is remembered where the answer has no SOA, and at most. */
const NEGATIVE_TTL = 5;

/**
 * Reads the addresses of a name from an answer. Aliases are followed inside the answer and left out of the result,
 * so that a record that nobody asked about is never taken over; the TTL is the shortest on the way.
 */
export function readLookup(packet: DecodedPacket, name: string, family: Family): Lookup {
  const rcode = rcodeOf(packet);
  if (rcode !== 'NOERROR' && rcode !== 'NXDOMAIN') return FAILED;
  const answers = packet.answers ?? [];
  let owner = canonical(name);
  let ttlSeconds = Number.POSITIVE_INFINITY;
  for (let step = 0; step < LONGEST_CHAIN; step += 1) {
    const own = answers.filter((record) => canonical(record.name) === owner);
    const found = own.filter((record): record is StringAnswer => record.type === family);
    if (found.length > 0) {
      const ttls = found.map(({ ttl = 0 }) => ttl);
      const addresses = found.map(({ data }) => data);
      return { rcode: 'NOERROR', addresses, ttlSeconds: Math.min(ttlSeconds, ...ttls) };
    }
    const alias = own.find((record): record is StringAnswer => record.type === 'CNAME');
    if (alias === undefined) break;
    ttlSeconds = Math.min(ttlSeconds, alias.ttl ?? 0);
    owner = canonical(alias.data);
  }
  return { rcode, addresses: [], ttlSeconds: Math.min(ttlSeconds, NEGATIVE_TTL) };
}

/** Lower case, punycode, no dot at the end: the form in which names are compared. */
export function canonical(name: string): string {
  return name.replace(/\.$/, '').toLowerCase();
}

/** dns-packet's decoder gives rcode, its types leave it out. */
export function rcodeOf(packet: DecodedPacket): string {
  return (packet as DecodedPacket & { rcode?: string }).rcode ?? 'SERVFAIL';
}
