import { Resolver } from 'node:dns/promises';
import type { FamilyAnswer } from './follow-name.ts';

/** Asks for both families of a name; never rejects. */
export type ResolveName = (name: string) => Promise<FamilyAnswer[]>;

/** Milliseconds for one try. */
const TRY = 2_000;
const TRIES = 2;

/** The answers of a nameserver that knows: the name does not exist, or has no address of the family. */
const nothing: readonly string[] = ['ENOTFOUND', 'ENODATA'];

/** Asks the nameservers of resolv.conf, with no search domain: a direct target names a whole name. */
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
    if (nothing.includes(code)) return { family, kind: 'answered', addresses: [], ttlSeconds: 0 };
    return { family, kind: 'failed', message: `the look-up failed (${code})` };
  }
}
