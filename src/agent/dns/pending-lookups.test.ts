import { describe, expect, it } from 'vitest';
import { PendingLookups } from './pending-lookups.ts';

describe('PendingLookups', () => {
  it('refuses what is beyond the limit of an owner, and serves the others', async () => {
    const pending = new PendingLookups({ perOwner: 2, total: 100 });
    const silence = Promise.withResolvers<string>();
    const flood = Array.from({ length: 1000 }, () => pending.run('attacker', () => silence.promise));
    expect(pending.size).toBe(2);
    expect(await pending.run('victim', async () => 'answer')).toBe('answer');
    silence.resolve('late');
    const outcomes = await Promise.all(flood);
    expect(outcomes.filter((outcome) => outcome === 'tooMany')).toHaveLength(998);
    expect(pending.size).toBe(0);
  });

  it('refuses what is beyond the limit of all', async () => {
    const pending = new PendingLookups({ perOwner: 2, total: 3 });
    const silence = Promise.withResolvers<string>();
    for (const owner of ['a', 'a', 'b']) void pending.run(owner, () => silence.promise);
    expect(await pending.run('c', async () => 'answer')).toBe('tooMany');
    silence.resolve('late');
  });

  it('counts a look-up that failed as ended', async () => {
    const pending = new PendingLookups({ perOwner: 1, total: 1 });
    await expect(pending.run('a', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await pending.run('a', async () => 'answer')).toBe('answer');
  });
});
