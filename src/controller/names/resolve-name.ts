import { Resolver } from 'node:dns/promises';
import type { FamilyAnswer } from './follow-name.ts';

/** Looks up both families of a name. Never rejects. */
export type ResolveName = (name: string) => Promise<FamilyAnswer[]>;

/** Milliseconds of one try. */
const TRY = 2_000;
const TRIES = 2;

/** Codes of valid answers without addresses: the name does not exist, or has no address of the family. */
const negative: readonly string[] = ['ENOTFOUND', 'ENODATA'];

/** Asks the nameservers of resolv.conf. No search domain is applied, since targets are fully qualified. */
export function nameResolver(): ResolveName {
  const resolver = new Resolver({ timeout: TRY, tries: TRIES });
  return (name) =>
    Promise.all([
      ask(4, () => resolver.resolve4(name, { ttl: true })),
      ask(6, () => resolver.resolve6(name, { ttl: true })),
    ]);
}

async function ask(
  family: 4 | 6,
  lookup: () => Promise<{ address: string; ttl: number }[]>,
): Promise<FamilyAnswer> {
  try {
    const records = await lookup();
    const ttlSeconds = Math.min(...records.map(({ ttl }) => ttl));
    return { family, kind: 'answered', addresses: records.map(({ address }) => address), ttlSeconds };
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    if (negative.includes(code)) return { family, kind: 'answered', addresses: [], ttlSeconds: 0 };
    return { family, kind: 'failed', message: `the DNS look-up failed (${code})` };
  }
}
