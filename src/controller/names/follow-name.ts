/** The answer of a resolver for one name in one family. */
export type FamilyAnswer =
  /** Without addresses: the name has none of this family, or does not exist. */
  | { family: 4 | 6; kind: 'answered'; addresses: readonly string[]; ttlSeconds: number }
  | { family: 4 | 6; kind: 'failed'; message: string };

export interface KnownAddress {
  address: string;
  family: 4 | 6;
  /** When it was last in an answer, milliseconds of a monotonic clock. */
  seenAt: number;
}

/** What is known of a name that a policy opens. */
export interface KnownName {
  /** The addresses of the last answer, and older ones within their grace period. */
  addresses: readonly KnownAddress[];
  /** When the name was last looked up, and when to look it up again, milliseconds of a monotonic clock. */
  askedAt: number;
  askAt: number;
  /** Why the last look-up failed; undefined if it succeeded. */
  error: string | undefined;
}

/** Seconds. With a shorter TTL the policy would be written more often than a CNI can apply it. */
export const SHORTEST_TTL = 10;
/** Seconds. With a longer TTL an address could stay open after it was reassigned. */
export const LONGEST_TTL = 300;
/** Milliseconds that an address stays open after it was last in an answer, since clients may have it cached. */
export const GRACE = 300_000;
/** Addresses of one name, those seen last: a nameserver must not be able to make a policy of any size. */
export const MOST_ADDRESSES = 64;

/**
 * What is known after an answer. A failed look-up removes no address, and the time during which look-ups fail does not
 * count towards the grace period.
 */
export function learnAnswers(
  before: KnownName | undefined,
  answers: readonly FamilyAnswer[],
  now: number,
): KnownName {
  const older = before?.addresses ?? [];
  const sinceLast = now - (before?.askedAt ?? now);
  const addresses = answers.flatMap((answer) => {
    const ofFamily = older.filter(({ family }) => family === answer.family);
    return answer.kind === 'failed' ? withSameAge(ofFamily, sinceLast) : renewed(ofFamily, answer, now);
  });
  const failures = answers.flatMap((answer) => (answer.kind === 'failed' ? [answer.message] : []));
  return {
    addresses: addresses.sort(byLastSeen).slice(0, MOST_ADDRESSES),
    askedAt: now,
    askAt: now + ttlOf(answers) * 1000,
    error: failures.length > 0 ? [...new Set(failures)].join(', ') : undefined,
  };
}

/** What is known of addresses that were open when this replica became the leader: just seen, and due for a look-up. */
export function rememberAddresses(addresses: readonly string[], now: number): KnownName {
  const known = addresses.map((address): KnownAddress => {
    return { address, family: address.includes(':') ? 6 : 4, seenAt: now };
  });
  return { addresses: known, askedAt: now, askAt: now, error: undefined };
}

/** Their age stays the same. */
function withSameAge(addresses: readonly KnownAddress[], sinceLast: number): KnownAddress[] {
  return addresses.map((known) => ({ ...known, seenAt: known.seenAt + sinceLast }));
}

function renewed(
  older: readonly KnownAddress[],
  { family, addresses }: Extract<FamilyAnswer, { kind: 'answered' }>,
  now: number,
): KnownAddress[] {
  const current = new Set(addresses);
  const kept = older.filter(({ address, seenAt }) => !current.has(address) && now - seenAt < GRACE);
  return [...[...current].map((address) => ({ address, family, seenAt: now })), ...kept];
}

function ttlOf(answers: readonly FamilyAnswer[]): number {
  if (answers.some(({ kind }) => kind === 'failed')) return SHORTEST_TTL;
  const ttls = answers.flatMap((answer) =>
    answer.kind === 'answered' && answer.addresses.length > 0 ? [answer.ttlSeconds] : [],
  );
  const shortest = ttls.length === 0 ? SHORTEST_TTL : Math.min(...ttls);
  return Math.min(LONGEST_TTL, Math.max(SHORTEST_TTL, shortest));
}

function byLastSeen(a: KnownAddress, b: KnownAddress): number {
  return b.seenAt - a.seenAt || (a.address < b.address ? -1 : 1);
}
