import { keyOf, type Named } from '../object.ts';

/** One change of a store. `old` is the object before it. */
export type Change<T> =
  | { type: 'added'; object: T }
  | { type: 'modified'; object: T; old: T }
  /** `object` is the last known state. */
  | { type: 'deleted'; object: T };

/** Returns the index values of one object, such as its pod IPs. */
export type IndexFunction<T> = (object: T) => readonly string[];

/** A Reflector's store as its readers see it. */
export interface ReadonlyStore<T extends Named> {
  readonly size: number;
  /** Finds an object by `namespace/name`, or by `name` if it is cluster-scoped. */
  get(key: string): T | undefined;
  list(): T[];
  /** Lists the objects with a value in the named index, oldest entry first. */
  byIndex(index: string, value: string): T[];
}

/** Objects by key, with secondary indexes that every change updates. */
export class Store<T extends Named> implements ReadonlyStore<T> {
  readonly #objects = new Map<string, T>();
  readonly #indexes: Index<T>[];

  constructor(indexes: Record<string, IndexFunction<T>> = {}) {
    this.#indexes = Object.entries(indexes).map(([name, valuesOf]) => new Index(name, valuesOf));
  }

  get size(): number {
    return this.#objects.size;
  }

  get(key: string): T | undefined {
    return this.#objects.get(key);
  }

  list(): T[] {
    return [...this.#objects.values()];
  }

  byIndex(name: string, value: string): T[] {
    const index = this.#indexes.find((candidate) => candidate.name === name);
    if (index === undefined) throw new TypeError(`the store has no index "${name}"`);
    return [...index.keys(value)]
      .map((key) => this.#objects.get(key))
      .filter((object) => object !== undefined);
  }

  keys(): IterableIterator<string> {
    return this.#objects.keys();
  }

  set(object: T): Change<T> {
    const key = keyOf(object);
    const old = this.#objects.get(key);
    this.#objects.set(key, object);
    for (const index of this.#indexes) index.update(key, old, object);
    return old === undefined ? { type: 'added', object } : { type: 'modified', object, old };
  }

  delete(key: string): Change<T> | undefined {
    const old = this.#objects.get(key);
    if (old === undefined) return undefined;
    this.#objects.delete(key);
    for (const index of this.#indexes) index.update(key, old, undefined);
    return { type: 'deleted', object: old };
  }
}

/** One secondary index: index value → keys of objects. */
class Index<T> {
  readonly name: string;
  readonly #valuesOf: IndexFunction<T>;
  readonly #keys = new Map<string, Set<string>>();

  constructor(name: string, valuesOf: IndexFunction<T>) {
    this.name = name;
    this.#valuesOf = valuesOf;
  }

  keys(value: string): Iterable<string> {
    return this.#keys.get(value) ?? [];
  }

  update(key: string, old: T | undefined, object: T | undefined): void {
    const before = new Set(old === undefined ? [] : this.#valuesOf(old));
    const after = new Set(object === undefined ? [] : this.#valuesOf(object));
    for (const value of before) if (!after.has(value)) this.#remove(value, key);
    for (const value of after) if (!before.has(value)) this.#add(value, key);
  }

  #add(value: string, key: string): void {
    const keys = this.#keys.get(value);
    if (keys === undefined) this.#keys.set(value, new Set([key]));
    else keys.add(key);
  }

  #remove(value: string, key: string): void {
    const keys = this.#keys.get(value);
    keys?.delete(key);
    if (keys?.size === 0) this.#keys.delete(value);
  }
}
