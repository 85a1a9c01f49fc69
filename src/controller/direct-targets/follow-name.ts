/** What a resolver says about one name in one family. */
export type FamilyAnswer =
  /** No addresses: the name has none of this family, or does not exist. */
  | { family: 4 | 6; kind: 'answered'; addresses: readonly string[]; ttlSeconds: number }
  | { family: 4 | 6; kind: 'failed'; message: string };

export interface KnownAddress {
  address: string;
  family: 4 | 6;
  /** When an answer last held it, milliseconds of a monotonic clock. */
  seenAt: number;
}

/** What is known of a name that direct targets lead to. */
export interface KnownName {
  /** Those of the last answer, and older ones in their grace period. */
  addresses: readonly KnownAddress[];
  /** When it was last asked for, and when to ask again, milliseconds of a monotonic clock. */
  askedAt: number;
  askAt: number;
  /** Why the last look-up brought nothing new; undefined where it did. */
  error: string | undefined;
}

/** Seconds. A shorter TTL would have the policy written more often than a CNI follows. */
export const SHORTEST_TTL = 10;
/** Seconds. A longer one would hold on to an address that somebody else has by now. */
export const LONGEST_TTL = 300;
/** Milliseconds that an address stays after it was last in an answer: clients still have it in their caches. */
export const GRACE = 300_000;
/** Addresses of one name, the last seen ones: whoever answers for it must not make a policy of any size. */
export const MOST_ADDRESSES = 64;

/**
 * What is known after an answer. A resolver that fails takes nothing away, and the time in which it fails does not
 * count for the grace period.
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
    return answer.kind === 'failed' ? heldOver(ofFamily, sinceLast) : renewed(ofFamily, answer, now);
  });
  const failures = answers.flatMap((answer) => (answer.kind === 'failed' ? [answer.message] : []));
  return {
    addresses: addresses.sort(byLastSeen).slice(0, MOST_ADDRESSES),
    askedAt: now,
    askAt: now + ttlOf(answers) * 1000,
    error: failures.length > 0 ? [...new Set(failures)].join(', ') : undefined,
  };
}

/** Addresses that stood open when this replica took over: as good as just seen, and due for a look-up. */
export function rememberAddresses(addresses: readonly string[], now: number): KnownName {
  const known = addresses.map((address): KnownAddress => {
    return { address, family: address.includes(':') ? 6 : 4, seenAt: now };
  });
  return { addresses: known, askedAt: now, askAt: now, error: undefined };
}

/** Their age stands still. */
function heldOver(addresses: readonly KnownAddress[], sinceLast: number): KnownAddress[] {
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
