import type { DecodedPacket, StringAnswer } from 'dns-packet';
import { canonicalName } from '../../dns/index.ts';

export type Family = 'A' | 'AAAA';

/** A nameserver's answer about one name and family. */
export type Lookup =
  /** `NOERROR` without addresses: the name has none of this family. */
  | { rcode: 'NOERROR' | 'NXDOMAIN'; addresses: string[]; ttlSeconds: number }
  /** No usable answer: refused, failed, timed out. */
  | { rcode: 'SERVFAIL'; addresses: []; ttlSeconds: 0 };

export const FAILED: Lookup = { rcode: 'SERVFAIL', addresses: [], ttlSeconds: 0 };

/** Longer than real chains of aliases; ends a loop. */
const LONGEST_CHAIN = 16;
/** Longest TTL, in seconds, of a name without addresses; its TTL if the answer has no SOA. */
const NEGATIVE_TTL = 5;

/**
 * Reads the addresses of a name from an answer. Aliases are followed inside the answer only, so that an unrelated record
 * is never used; the TTL is the shortest of the chain.
 */
export function readLookup(packet: DecodedPacket, name: string, family: Family): Lookup {
  const rcode = rcodeOf(packet);
  if (rcode !== 'NOERROR' && rcode !== 'NXDOMAIN') return FAILED;
  const answers = packet.answers ?? [];
  let alias = canonicalName(name);
  let ttlSeconds = Number.POSITIVE_INFINITY;
  for (let step = 0; step < LONGEST_CHAIN; step += 1) {
    const own = answers.filter((record) => canonicalName(record.name) === alias);
    const found = own.filter((record): record is StringAnswer => record.type === family);
    if (found.length > 0) {
      const ttls = found.map(({ ttl = 0 }) => ttl);
      const addresses = found.map(({ data }) => data);
      return { rcode: 'NOERROR', addresses, ttlSeconds: Math.min(ttlSeconds, ...ttls) };
    }
    const cname = own.find((record): record is StringAnswer => record.type === 'CNAME');
    if (cname === undefined) break;
    ttlSeconds = Math.min(ttlSeconds, cname.ttl ?? 0);
    alias = canonicalName(cname.data);
  }
  return { rcode, addresses: [], ttlSeconds: Math.min(ttlSeconds, NEGATIVE_TTL) };
}

/** dns-packet decodes the rcode, but its types lack it. */
export function rcodeOf(packet: DecodedPacket): string {
  return (packet as DecodedPacket & { rcode?: string }).rcode ?? 'SERVFAIL';
}
