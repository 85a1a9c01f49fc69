import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SharedMap } from './shared-map.ts';

/** A map with the keys `OWNER INDEX` of each owner. */
function filled(capacity: number, counts: Record<string, number>): SharedMap<string> {
  const map = new SharedMap<string>(capacity);
  for (const [owner, count] of Object.entries(counts))
    for (let index = 0; index < count; index += 1) map.set(`${owner} ${index}`, owner, `${owner} ${index}`);
  return map;
}

describe('SharedMap', () => {
  it('keeps the few entries of one owner, however many another one adds and however old they are', () => {
    const map = filled(1000, { victim: 20, hostile: 100_000 });
    for (let index = 0; index < 20; index += 1) expect(map.get(`victim ${index}`)).toBe(`victim ${index}`);
    expect(map.get('hostile 99999')).toBe('hostile 99999');
  });

  it('drops of the largest owner what was used least recently', () => {
    const map = filled(4, { shop: 4 });
    map.get('shop 0');
    expect(map.set('bank 0', 'bank', 'x')).toEqual(['shop 1']);
    expect(map.get('shop 0')).toBe('shop 0');
  });

  it('gives one owner all of it while no other needs it', () => {
    expect(filled(1000, { shop: 1000 }).size).toBe(1000);
  });

  it('has the last value of a key, and its last owner', () => {
    const map = filled(2, { shop: 2 });
    expect(map.set('shop 0', 'bank', 'new')).toEqual([]);
    expect([map.size, map.get('shop 0')]).toEqual([2, 'new']);
  });

  it('never holds more than its capacity, nor takes from an owner that has less than an equal share', () => {
    const owner = fc.constantFrom('a', 'b', 'c', 'd');
    const steps = fc.array(fc.tuple(owner, fc.nat(60), fc.boolean()), { maxLength: 400 });
    fc.assert(
      fc.property(fc.integer({ min: 8, max: 60 }), steps, (capacity, list) => {
        const checked = new CheckedMap(capacity);
        for (const [name, index, isRead] of list) {
          if (isRead) checked.get(`${name} ${index}`);
          else checked.set(`${name} ${index}`, name);
        }
      }),
    );
  });
});

/** A map of each key to itself, compared after each step with what it must hold. */
class CheckedMap {
  readonly #map: SharedMap<string>;
  readonly #capacity: number;
  /** The owner of each key. */
  readonly #held = new Map<string, string>();

  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#map = new SharedMap(capacity);
  }

  get(key: string): void {
    expect(this.#map.get(key)).toBe(this.#held.has(key) ? key : undefined);
  }

  set(key: string, owner: string): void {
    const before = [...this.#held.values()];
    for (const dropped of this.#map.set(key, owner, key)) {
      const loser = this.#held.get(dropped);
      // Four owners.
      expect(before.filter((each) => each === loser).length).toBeGreaterThanOrEqual(this.#capacity / 4);
      this.#held.delete(dropped);
    }
    this.#held.set(key, owner);
    expect(this.#map.size).toBe(this.#held.size);
    expect(this.#map.size).toBeLessThanOrEqual(this.#capacity);
  }
}
