import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PendingLookups } from './pending-lookups.ts';

const UNLIMITED = { perOwner: 1000, total: 1000, waiting: 1000 };

describe('PendingLookups', () => {
  it('refuses what is beyond the limit of an owner, and serves the others', async () => {
    const pending = new PendingLookups({ ...UNLIMITED, perOwner: 2 });
    const silence = Promise.withResolvers<string>();
    const flood = Array.from({ length: 1000 }, (_, index) =>
      pending.run('attacker', `n${index}`, () => silence.promise),
    );
    expect(pending.size).toBe(2);
    expect(await pending.run('victim', 'n0', async () => 'answer')).toBe('answer');
    silence.resolve('late');
    const outcomes = await Promise.all(flood);
    expect(outcomes.filter((outcome) => outcome === 'tooMany')).toHaveLength(998);
    expect(pending.size).toBe(0);
  });

  it('refuses what is beyond the limit of all', async () => {
    const pending = new PendingLookups({ ...UNLIMITED, perOwner: 2, total: 3 });
    const silence = Promise.withResolvers<string>();
    for (const [owner, name] of ['a1', 'a2', 'b1'])
      void pending.run(owner ?? '', name ?? '', () => silence.promise);
    expect(await pending.run('c', '1', async () => 'answer')).toBe('tooMany');
    silence.resolve('late');
  });

  it('counts a name once, however many requests wait for it, until these are too many', async () => {
    const pending = new PendingLookups({ perOwner: 1, total: 1, waiting: 256 });
    const answer = Promise.withResolvers<string>();
    const requests = Array.from({ length: 257 }, () => pending.run('shop', 'api', () => answer.promise));
    expect(pending.size).toBe(1);
    expect(await pending.run('shop', 'other', async () => 'answer')).toBe('tooMany');
    expect(await requests.at(-1)).toBe('tooMany');
    answer.resolve('late');
    expect(await Promise.all(requests.slice(0, -1))).toEqual(Array.from({ length: 256 }, () => 'late'));
    expect(pending.size).toBe(0);
  });

  it('counts a look-up that failed as ended', async () => {
    const pending = new PendingLookups({ perOwner: 1, total: 1, waiting: 1 });
    await expect(pending.run('a', '1', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await pending.run('a', '1', async () => 'answer')).toBe('answer');
  });

  it('holds the names of the look-ups that are under way, in whatever order they end', async () => {
    const lookup = fc.record({ owner: fc.constantFrom('a', 'b'), name: fc.constantFrom('1', '2', '3') });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(lookup, fc.nat()), { maxLength: 20 }), async (lookups) => {
        const pending = new PendingLookups(UNLIMITED);
        const begun = lookups.map(([{ owner, name }, rank]) => {
          const { promise, resolve } = Promise.withResolvers<void>();
          const place = `${owner} ${name}`;
          return { rank, resolve, place, ended: pending.run(owner, name, () => promise) };
        });
        begun.sort((one, other) => one.rank - other.rank);
        for (const [index, { resolve, ended }] of begun.entries()) {
          expect(pending.size).toBe(new Set(begun.slice(index).map(({ place }) => place)).size);
          resolve();
          await ended;
        }
        expect(pending.size).toBe(0);
      }),
    );
  });
});
