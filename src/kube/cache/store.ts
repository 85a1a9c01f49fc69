import { keyOf, type Named } from '../object.ts';

/** What has changed in a store. `old` is what it held before. */
export type Change<T> =
  | { type: 'added'; object: T }
  | { type: 'modified'; object: T; old: T }
  /** The last state that was known. */
  | { type: 'deleted'; object: T };

/** The index values of one object, such as its pod IPs. */
export type IndexFunction<T> = (object: T) => readonly string[];

/** What readers of a Reflector's store see. */
export interface ReadonlyStore<T extends Named> {
  readonly size: number;
  /** By `namespace/name`, or by `name` when cluster-scoped. */
  get(key: string): T | undefined;
  list(): T[];
  /** The objects that the named index files under a value, oldest entry first. */
  byIndex(index: string, value: string): T[];
}

/** Objects by key, with secondary indexes that follow every change. */
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

/** One secondary index: value → keys. */
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
    for (const value of before) if (!after.has(value)) this.#unfile(value, key);
    for (const value of after) if (!before.has(value)) this.#file(value, key);
  }

  #file(value: string, key: string): void {
    const filed = this.#keys.get(value);
    if (filed === undefined) this.#keys.set(value, new Set([key]));
    else filed.add(key);
  }

  #unfile(value: string, key: string): void {
    const filed = this.#keys.get(value);
    filed?.delete(key);
    if (filed?.size === 0) this.#keys.delete(value);
  }
}
