import { describe, expect, it } from 'vitest';
import type { OutsideNames } from '../api/index.ts';
import { OutsideNamesCache } from './outside-names-cache.ts';

const names: OutsideNames = { answer: 'refuse', report: true, resolved: [] };

function start() {
  let now = 0;
  let failing = false;
  const askedFor: string[] = [];
  const cache = new OutsideNamesCache({
    ask: async (client) => {
      askedFor.push(client);
      if (failing) throw new Error('no agent');
      return names;
    },
    clock: { monotonic: () => now },
  });
  return {
    cache,
    askedFor,
    pass: (ms: number) => {
      now += ms;
    },
    fail: () => {
      failing = true;
    },
  };
}

describe('OutsideNamesCache', () => {
  it('asks once a second for a client, however many queries it has at the same time', async () => {
    const { cache, askedFor, pass } = start();
    await Promise.all([cache.get('a'), cache.get('a'), cache.get('b')]);
    await cache.get('a');
    expect(askedFor).toEqual(['a', 'b']);
    pass(1000);
    await cache.get('a');
    expect(askedFor).toEqual(['a', 'b', 'a']);
  });

  it('uses the last answer for a minute while the agent is away', async () => {
    const { cache, pass, fail } = start();
    await cache.get('a');
    fail();
    pass(59_000);
    expect(await cache.get('a')).toEqual(names);
    pass(2000);
    expect(await cache.get('a')).toBeUndefined();
    expect(await cache.get('unknown')).toBeUndefined();
  });
});
