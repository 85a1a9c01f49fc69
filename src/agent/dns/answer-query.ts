import { domainToASCII } from 'node:url';
import { type DecodedPacket, type Packet, RECURSION_AVAILABLE, RECURSION_DESIRED } from 'dns-packet';
import { canonicalName, opcodeOf, RCODE, type Rcode } from '../../dns/index.ts';
import type { CachedLookup } from './name-cache.ts';
import type { Family } from './records.ts';

export interface QueryContext {
  /** What Squid gets for a name: nothing, the addresses without forbidden ones, or all (the host of a parent). */
  access: (name: string) => 'refused' | 'filtered' | 'all';
  lookup: (name: string, family: Family) => CachedLookup | Promise<CachedLookup>;
  /** Whether the operator's settings forbid the address to every client. */
  isForbidden: (address: string) => boolean;
  /** The order in which Squid is to dial the addresses. */
  order: (addresses: readonly string[]) => readonly string[];
  /** Monotonic milliseconds. */
  now: () => number;
  /** Called with the addresses that were removed from an answer. */
  onFiltered: (name: string, addresses: readonly string[]) => void;
}

/** Answers a query of Squid. Aliases are left out: their addresses are listed under the name itself. */
export async function answerQuery(query: DecodedPacket, context: QueryContext): Promise<Packet> {
  const [question] = query.questions ?? [];
  if (question === undefined || query.questions?.length !== 1) return respond(query, 'FORMERR');
  if (opcodeOf(query) !== 'QUERY') return respond(query, 'NOTIMP');
  // Squid sends a non-ASCII name as its bytes; rules and zones have its punycode.
  const name = canonicalName(domainToASCII(question.name) || question.name);
  const access = context.access(name);
  if (access === 'refused') return respond(query, 'REFUSED');
  if (question.type !== 'A' && question.type !== 'AAAA') return respond(query, 'NOERROR');
  const { lookup, expiresAt } = await context.lookup(name, question.type);
  const addresses = access === 'all' ? lookup.addresses : dialable(name, lookup.addresses, context);
  return respond(query, lookup.rcode, {
    family: question.type,
    addresses,
    ttl: remainingSeconds(expiresAt, context.now()),
  });
}

function dialable(name: string, found: readonly string[], context: QueryContext): readonly string[] {
  const forbidden = found.filter(context.isForbidden);
  if (forbidden.length > 0) context.onFiltered(name, forbidden);
  return context.order(found.filter((address) => !forbidden.includes(address)));
}

/** Rounded down, so that Squid's entry expires no later than ours. */
function remainingSeconds(expiresAt: number, now: number): number {
  return Math.max(0, Math.floor((expiresAt - now) / 1000));
}

interface Addresses {
  family: Family;
  addresses: readonly string[];
  ttl: number;
}

/** A response without records, or with addresses of the question's name. */
export function respond(query: DecodedPacket, rcode: Rcode, found?: Addresses): Packet {
  const [question] = query.questions ?? [];
  const { family = 'A', addresses = [], ttl = 0 } = found ?? {};
  return {
    type: 'response',
    ...(query.id === undefined ? {} : { id: query.id }),
    flags: RECURSION_DESIRED | RECURSION_AVAILABLE | RCODE[rcode],
    questions: query.questions ?? [],
    answers: addresses.map((data) => ({ type: family, name: question?.name ?? '', ttl, data })),
  };
}
