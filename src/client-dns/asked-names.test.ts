import { describe, expect, it } from 'vitest';
import { AskedNames, OTHER_NAMES } from './asked-names.ts';

describe('AskedNames', () => {
  it('counts the queries of each client for each name until they are taken', () => {
    const names = new AskedNames();
    names.add('10.0.0.1', 'a.test');
    names.add('10.0.0.1', 'a.test');
    names.add('10.0.0.2', 'a.test');
    expect(names.take()).toEqual([
      { client: '10.0.0.1', name: 'a.test', queries: 2 },
      { client: '10.0.0.2', name: 'a.test', queries: 1 },
    ]);
    expect(names.take()).toEqual([]);
  });

  it('lists 50 names of a client and counts the others by their domain, so that no query is lost', () => {
    const names = new AskedNames();
    for (let index = 0; index < 1000; index += 1) names.add('10.0.0.1', `${index}.evil.test`);
    const taken = names.take();
    expect(taken.length).toBe(51);
    expect(taken.find(({ name }) => name === '*.evil.test')?.queries).toBe(950);
  });

  it('has a limited size whatever is asked', () => {
    const names = new AskedNames();
    for (let index = 0; index < 1000; index += 1) names.add('10.0.0.1', `a.d${index}.test`);
    const taken = names.take();
    expect(taken.length).toBe(71);
    expect(taken.find(({ name }) => name === OTHER_NAMES)?.queries).toBe(930);
  });
});
