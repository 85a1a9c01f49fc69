import { describe, expect, it } from 'vitest';
import { Store } from './store.ts';

const pod = (name: string, ...ips: string[]) => ({ metadata: { namespace: 'shop', name }, ips });
type Pod = ReturnType<typeof pod>;

describe('Store', () => {
  it('returns each change', () => {
    const store = new Store<Pod>();
    const first = pod('a');
    const second = pod('a', '10.0.0.1');
    expect(store.set(first)).toEqual({ type: 'added', object: first });
    expect(store.set(second)).toEqual({ type: 'modified', object: second, old: first });
    expect(store.delete('shop/a')).toEqual({ type: 'deleted', object: second });
    expect(store.delete('shop/a')).toBeUndefined();
    expect(store.size).toBe(0);
  });

  it('updates its indexes: several values per object and several objects per value', () => {
    const store = new Store<Pod>({ ip: ({ ips }) => ips });
    const names = (ip: string) => store.byIndex('ip', ip).map(({ metadata }) => metadata.name);
    store.set(pod('a', '10.0.0.1', 'fd00::1'));
    store.set(pod('b', '10.0.0.1'));
    expect(names('10.0.0.1')).toEqual(['a', 'b']);
    expect(names('fd00::1')).toEqual(['a']);
    store.set(pod('a', '10.0.0.2'));
    expect([names('10.0.0.1'), names('10.0.0.2'), names('fd00::1')]).toEqual([['b'], ['a'], []]);
    store.delete('shop/b');
    expect(names('10.0.0.1')).toEqual([]);
  });

  it('rejects an unknown index', () => {
    expect(() => new Store<Pod>().byIndex('ip', '10.0.0.1')).toThrow('the store has no index "ip"');
  });
});
