import type { ReflectorMetrics } from '../metrics.ts';
import { type KubeObject, splitKey } from '../object.ts';
import type { Resource } from '../resource.ts';
import type { Health } from './health.ts';
import { type CachedObject, type Listener, Reflector, type ReflectorOptions } from './reflector.ts';
import type { ReadonlyStore } from './store.ts';

export type PerNamespaceOptions<T extends KubeObject, S extends CachedObject = T> = Omit<
  ReflectorOptions<T, S>,
  'namespace'
>;

interface Followed<T extends KubeObject, S extends CachedObject> {
  reflector: Reflector<T, S>;
  stop: AbortController;
  ended: AbortSignal;
}

/**
 * A reflector for each of several namespaces, which readers see as one. It serves kinds that the component may read in
 * some namespaces only: a namespace in which the right is missing does not delay or empty the others.
 */
export class PerNamespaceReflector<T extends KubeObject, S extends CachedObject = T> {
  readonly resource: Resource<T>;
  readonly store: ReadonlyStore<S>;
  readonly #options: PerNamespaceOptions<T, S>;
  readonly #namespaces = new Map<string, Followed<T, S>>();
  /** Each listener, with what ends its subscriptions. */
  readonly #listeners = new Map<Listener<S>, (() => void)[]>();

  constructor(options: PerNamespaceOptions<T, S>) {
    this.#options = options;
    this.resource = options.resource;
    this.store = this.#joinedStore();
    options.metrics?.observe(this.resource, this);
  }

  /** Lists and watches the namespace until the signal is aborted or `end` is called. Does nothing if it does already. */
  start(namespace: string, signal: AbortSignal): void {
    if (this.#namespaces.has(namespace)) return;
    const stop = new AbortController();
    const { metrics } = this.#options;
    const reflector = new Reflector<T, S>({
      ...this.#options,
      namespace,
      // All of them are one series, which this object observes.
      ...(metrics && { metrics: onlyFailures(metrics) }),
    });
    const ended = AbortSignal.any([signal, stop.signal]);
    this.#namespaces.set(namespace, { reflector, stop, ended });
    for (const [listener, ends] of this.#listeners) ends.push(reflector.subscribe(listener));
    void reflector.run(ended);
  }

  /** Stops the reflector of the namespace, and drops its objects without notifying listeners. */
  end(namespace: string): void {
    this.#namespaces.get(namespace)?.stop.abort();
    this.#namespaces.delete(namespace);
  }

  /** Calls the listener for every stored object (as `added`), then for every change. The result unsubscribes. */
  subscribe(listener: Listener<S>): () => void {
    const ends = this.#reflectors().map((reflector) => reflector.subscribe(listener));
    this.#listeners.set(listener, ends);
    return () => {
      this.#listeners.delete(listener);
      for (const end of ends) end();
    };
  }

  /** Whether the first list of the namespace is complete. */
  hasListed(namespace: string): boolean {
    return this.#namespaces.get(namespace)?.reflector.hasSynced ?? false;
  }

  /** Resolves after the first complete list of the namespace; rejects if its reflector ends before. */
  async listed(namespace: string): Promise<void> {
    const followed = this.#namespaces.get(namespace);
    await followed?.reflector.synced(followed.ended);
  }

  isEmpty(namespace: string): boolean {
    return (this.#namespaces.get(namespace)?.reflector.store.size ?? 0) === 0;
  }

  /** Undefined for a namespace that was not started. */
  healthOf(namespace: string): Health | undefined {
    return this.#namespaces.get(namespace)?.reflector.health;
  }

  /** Whether every namespace has been listed. */
  get hasSynced(): boolean {
    return this.#reflectors().every(({ hasSynced }) => hasSynced);
  }

  /** The greatest age of any namespace in milliseconds; undefined before the first list. */
  get ageMs(): number | undefined {
    const ages = this.#reflectors().flatMap(({ ageMs }) => (ageMs === undefined ? [] : [ageMs]));
    return ages.length === 0 ? undefined : Math.max(...ages);
  }

  #reflectors(): Reflector<T, S>[] {
    return [...this.#namespaces.values()].map(({ reflector }) => reflector);
  }

  #joinedStore(): ReadonlyStore<S> {
    const stores = () => this.#reflectors().map(({ store }) => store);
    const namespaces = this.#namespaces;
    return {
      get size() {
        return stores().reduce((sum, { size }) => sum + size, 0);
      },
      get: (key) => namespaces.get(splitKey(key).namespace ?? '')?.reflector.store.get(key),
      list: () => stores().flatMap((store) => store.list()),
      byIndex: (index, value) => stores().flatMap((store) => store.byIndex(index, value)),
    };
  }
}

const onlyFailures = ({ failed }: ReflectorMetrics): ReflectorMetrics => ({ observe: () => {}, failed });
