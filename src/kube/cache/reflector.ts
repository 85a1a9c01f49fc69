import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Log } from '../../telemetry/index.ts';
import { backoffMs, type Clock, sleep, systemClock } from '../../time/index.ts';
import { ApiError, isExpired, isInvalid, UnreachableError } from '../client/api-error.ts';
import type { Selection, WatchOptions } from '../client/call.ts';
import type { KubeClient } from '../client/client.ts';
import { endsInitialEvents, type WatchEvent } from '../client/watch-event.ts';
import type { ReflectorMetrics } from '../metrics.ts';
import { type KubeObject, keyOf, type Metadata, type Named } from '../object.ts';
import type { Resource } from '../resource.ts';
import { diagnose, type Health } from './health.ts';
import { type Change, type IndexFunction, type ReadonlyStore, Store } from './store.ts';

/** The fields that a transform must not remove. */
export type CachedObject = Named & { metadata: Pick<Metadata, 'resourceVersion'> };

export interface ReflectorOptions<T extends KubeObject, S extends CachedObject = T> extends Selection {
  client: KubeClient;
  resource: Resource<T>;
  log: Log;
  /** Trims an object before it is stored; with 150,000 pods memory depends on it. */
  transform?: (object: T) => S;
  indexes?: Record<string, IndexFunction<S>>;
  metrics?: ReflectorMetrics;
  clock?: Clock;
  random?: () => number;
  /** Milliseconds of silence after which a watch is restarted, since it may be half-open; default 100,000. */
  idleTimeoutMs?: number;
}

export type Listener<S> = (change: Change<S>) => void;

export interface Subscription {
  stop: () => void;
  /** Reports what the source held when it was subscribed to, some objects in each step. Changes are reported meanwhile, too. */
  replay: Iterable<void>;
}

/**
 * Milliseconds. client-go waits up to 30 s, for thousands of kubelets; a cluster has few agents, and rules that changed during an
 * outage wait for them.
 */
const BACKOFF = { baseMs: 800, maxMs: 10_000 };
/** Milliseconds. Bookmarks arrive once a minute; for a quiet resource every second one is left out (measured on 1.35). */
const IDLE_TIMEOUT = 100_000;
/** Milliseconds of one turn of the event loop in which a list is read and stored, and listeners are called. */
const TURN = 10;
/** Objects that are reported in one step. */
const STEP = 100;
/** Seconds. Each watch asks for a random duration from this to twice this, which spreads watches over API servers. */
const WATCH_SECONDS = 300;

/**
 * A local copy of one resource: lists, watches, and repeats both until its signal is aborted. A list is the beginning of its
 * watch, object by object (WatchList, KEP-3157); from an API server that does not serve it, a list in pages.
 *
 * Invariants: every list is a consistent read; a stored object is never replaced by an older one, unless the API server
 * itself has gone back; no failure ends the loop, and during a failure the last known objects remain.
 */
export class Reflector<T extends KubeObject, S extends CachedObject = T> {
  readonly resource: Resource<T>;
  readonly #options: ReflectorOptions<T, S>;
  readonly #store: Store<S>;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #listeners = new Set<Listener<S>>();
  readonly #synced = Promise.withResolvers<void>();
  #hasSynced = false;
  #lastContactAt: number | undefined;
  #resourceVersion: string | undefined;
  /** Consecutive failures, reset by an event and by a watch that stayed open for longer than the longest back-off. */
  #failures = 0;
  /** After a failure or a silence: the API server may be back with an older state, restored from a backup. */
  #mayBeOlder = false;
  /** False once the API server has refused to begin a watch with what exists. */
  #canStream = true;
  /** Whether the next list replaces objects of equal versions, too. */
  #replacesAll = false;
  /** When the current watch was opened; infinite if there is none. */
  #openedAt = Number.POSITIVE_INFINITY;
  #health: Health;
  #selection: Selection;
  /** Ends the current list or watch when the selection changes. */
  #attempt = new AbortController();
  /** Resolves after the first complete list of the current selection. */
  #selected = Promise.withResolvers<void>();

  constructor(options: ReflectorOptions<T, S>) {
    this.#options = options;
    this.resource = options.resource;
    const { namespace, labelSelector, fieldSelector } = options;
    this.#selection = { namespace, labelSelector, fieldSelector };
    this.#store = new Store<S>(options.indexes);
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? Math.random;
    this.#health = { ok: false, reason: 'Pending', message: `${this.resource.plural} are not listed yet` };
    options.metrics?.observe(this.resource, this);
  }

  get store(): ReadonlyStore<S> {
    return this.#store;
  }

  /** True after the first complete list; never false again. */
  get hasSynced(): boolean {
    return this.#hasSynced;
  }

  get health(): Health {
    return this.#health;
  }

  /** Milliseconds since the last list, event or bookmark; undefined before the first list. */
  get ageMs(): number | undefined {
    return this.#lastContactAt === undefined ? undefined : this.#clock.monotonic() - this.#lastContactAt;
  }

  /** Resolves after the first complete list; rejects with the signal's reason if it is aborted before. */
  async synced(signal?: AbortSignal): Promise<void> {
    if (signal === undefined) return this.#synced.promise;
    signal.throwIfAborted();
    return new Promise((resolve, reject) => {
      const stop = () => reject(signal.reason);
      signal.addEventListener('abort', stop, { once: true });
      void this.#synced.promise.then(() => {
        signal.removeEventListener('abort', stop);
        resolve();
      });
    });
  }

  /**
   * Calls the listener for every stored object (as `added`), then for every change after the store is updated. The
   * returned function unsubscribes. An error of a listener is logged.
   */
  subscribe(listener: Listener<S>): () => void {
    this.#listeners.add(listener);
    for (const object of this.#store.list()) this.#notify(listener, { type: 'added', object });
    return () => this.#listeners.delete(listener);
  }

  /**
   * As `subscribe`, for a store that is too large for one turn of the event loop. An object that changes before the last step is
   * reported as added, whether its own step was made or not; one that goes, as deleted.
   */
  subscribeInSteps(listener: Listener<S>): Subscription {
    const changed = new Set<string>();
    let current: Listener<S> = (change) => {
      changed.add(keyOf(change.object));
      listener(change.type === 'deleted' ? change : { type: 'added', object: change.object });
    };
    const follower: Listener<S> = (change) => current(change);
    this.#listeners.add(follower);
    const held = this.#store.list();
    const notify = (object: S) => this.#notify(listener, { type: 'added', object });
    function* replay(): Generator<void> {
      for (const [index, object] of held.entries()) {
        if (changed.size === 0 || !changed.has(keyOf(object))) notify(object);
        if (index % STEP === STEP - 1) yield;
      }
      current = listener;
    }
    return { stop: () => this.#listeners.delete(follower), replay: replay() };
  }

  /**
   * Lists and watches other objects from now on, and resolves when they are listed. Until then the store keeps the
   * present objects; then those that are no longer selected are reported as deleted.
   */
  select(selection: Selection): Promise<void> {
    this.#selection = selection;
    this.#resourceVersion = undefined;
    this.#selected = Promise.withResolvers<void>();
    this.#attempt.abort();
    return this.#selected.promise;
  }

  /** Resolves after the signal is aborted. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#attempt = new AbortController();
      await this.#follow(AbortSignal.any([signal, this.#attempt.signal]));
    }
  }

  /** Lists and watches the current selection until the signal is aborted. */
  async #follow(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        if (this.#mayBeOlder) await this.#checkAge(signal);
        await this.#listAndWatch(signal);
      } catch (error) {
        if (signal.aborted) return;
        await this.#recover(error, signal);
      }
    }
  }

  async #listAndWatch(signal: AbortSignal): Promise<void> {
    if (this.#streamsNext) {
      try {
        return await this.#watch(signal);
      } catch (error) {
        if (!this.#streamsNext || !isInvalid(error)) throw error;
        this.#canStream = false;
      }
    }
    if (this.#resourceVersion === undefined) await this.#listPages(signal);
    await this.#watch(signal);
  }

  /** Whether the next watch begins with what exists. */
  get #streamsNext(): boolean {
    return this.#canStream && this.#resourceVersion === undefined;
  }

  /**
   * Lists again if the API server's newest state is older than ours. A watch from our version would be accepted, and silent
   * until the server has made as many changes again.
   */
  async #checkAge(signal: AbortSignal): Promise<void> {
    const ours = this.#resourceVersion;
    if (ours !== undefined) {
      const latest = await this.#options.client.latestVersion(this.resource, this.#selection, { signal });
      signal.throwIfAborted();
      if (isOlder(latest, ours)) this.#startAgain(latest, ours);
    }
    this.#mayBeOlder = false;
  }

  /** From the older state on, an object can get a version that another content of it had before: all are replaced. */
  #startAgain(latest: string, ours: string): void {
    this.#options.log.warn(
      { resource: this.resource.plural, latest, ours },
      'the API server has an older state than before (etcd restored from a backup?); listing again',
    );
    this.#resourceVersion = undefined;
    this.#replacesAll = true;
  }

  async #listPages(signal: AbortSignal): Promise<void> {
    const { client, transform = unchanged<T, S> } = this.#options;
    const listed: S[] = [];
    let resourceVersion = '';
    for await (const page of client.pages(this.resource, this.#selection, { signal })) {
      for (const object of page.items) listed.push(transform(object));
      resourceVersion = page.resourceVersion;
    }
    // The last page can arrive although another selection has been made.
    signal.throwIfAborted();
    await this.#replaceAll(listed, resourceVersion, signal);
  }

  /** Reads what exists from the beginning of a watch. */
  async #listStream(events: AsyncIterator<WatchEvent<S>>, signal: AbortSignal): Promise<void> {
    const listed = new Map<string, S>();
    let turn = this.#clock.monotonic();
    for (let next = await events.next(); !next.done; next = await events.next()) {
      signal.throwIfAborted();
      const { type, object } = next.value;
      if (type === 'DELETED') listed.delete(keyOf(object));
      else if (type !== 'BOOKMARK') listed.set(keyOf(object), object);
      else if (endsInitialEvents(next.value))
        return this.#replaceAll(listed.values(), object.metadata.resourceVersion, signal);
      if (this.#clock.monotonic() - turn >= TURN) turn = await this.#nextTurn(signal);
    }
    throw new UnreachableError(
      `WATCH ${this.resource.plural}`,
      new Error('it ended before all objects were sent'),
    );
  }

  /** Only a complete list changes the store: in half of one, the missing objects would look deleted. */
  async #replaceAll(listed: Iterable<S>, resourceVersion: string, signal: AbortSignal): Promise<void> {
    const deleted = new Set(this.#store.keys());
    let turn = this.#clock.monotonic();
    for (const object of listed) {
      deleted.delete(keyOf(object));
      this.#put(object);
      if (this.#clock.monotonic() - turn >= TURN) turn = await this.#nextTurn(signal);
    }
    for (const key of deleted) this.#remove(key);
    this.#replacesAll = false;
    this.#resourceVersion = resourceVersion;
    this.#markContact();
    this.#hasSynced = true;
    this.#synced.resolve();
    this.#selected.resolve();
  }

  /** Returns when the next turn of the event loop begins: monotonic milliseconds. */
  async #nextTurn(signal: AbortSignal): Promise<number> {
    await nextTurn();
    signal.throwIfAborted();
    return this.#clock.monotonic();
  }

  async #watch(signal: AbortSignal): Promise<void> {
    const { client, idleTimeoutMs = IDLE_TIMEOUT, transform = unchanged<T, S> } = this.#options;
    const isFirst = this.#resourceVersion === undefined;
    const options: WatchOptions = {
      ...this.#selection,
      idleTimeoutMs,
      resourceVersion: this.#resourceVersion,
      timeoutSeconds: Math.round(WATCH_SECONDS * (1 + this.#random())),
      signal,
      onOpen: () => {
        if (!isFirst) this.#opened();
      },
    };
    const stream = client.watch(this.resource, options, transform);
    let events = 0;
    try {
      if (isFirst) {
        await this.#listStream(stream, signal);
        this.#opened();
      }
      for await (const event of stream) {
        if (signal.aborted) return;
        this.#apply(event);
        events += 1;
      }
    } finally {
      await stream.return(undefined);
    }
    if (events > 0) return;
    this.#mayBeOlder = true;
    // Back off, or we would reconnect in a tight loop.
    await sleep(this.#clock, backoffMs(0, { ...BACKOFF, random: this.#random }), signal);
  }

  #apply(event: WatchEvent<S>): void {
    if (!this.#isLate(event)) {
      if (event.type === 'DELETED') this.#remove(keyOf(event.object));
      else if (event.type !== 'BOOKMARK') this.#put(event.object);
    }
    const { resourceVersion } = event.object.metadata;
    if (!isOlder(resourceVersion ?? '', this.#resourceVersion ?? '')) this.#resourceVersion = resourceVersion;
    this.#failures = 0;
    this.#markContact();
  }

  /** Whether an event is about an older version than the stored one: repeated, or out of order. */
  #isLate({ type, object }: WatchEvent<S>): boolean {
    if (type === 'BOOKMARK') return false;
    const stored = this.#store.get(keyOf(object))?.metadata.resourceVersion ?? '';
    return isOlder(object.metadata.resourceVersion ?? '', stored);
  }

  #put(object: S): void {
    const stored = this.#store.get(keyOf(object));
    const isSame = stored?.metadata.resourceVersion === object.metadata.resourceVersion;
    if (stored !== undefined && isSame && !this.#replacesAll) return;
    this.#notifyAll(this.#store.set(object));
  }

  #remove(key: string): void {
    const change = this.#store.delete(key);
    if (change !== undefined) this.#notifyAll(change);
  }

  #notifyAll(change: Change<S>): void {
    for (const listener of this.#listeners) this.#notify(listener, change);
  }

  #notify(listener: Listener<S>, change: Change<S>): void {
    try {
      listener(change);
    } catch (err) {
      const fields = { err, resource: this.resource.plural, key: keyOf(change.object), change: change.type };
      this.#options.log.error(fields, 'a listener failed');
    }
  }

  #markContact(): void {
    this.#lastContactAt = this.#clock.monotonic();
  }

  /** An open watch proves that listing and watching work. */
  #opened(): void {
    this.#markContact();
    this.#openedAt = this.#clock.monotonic();
    const before = this.#health;
    this.#health = { ok: true };
    if (before.ok || before.reason === 'Pending') return;
    this.#options.log.info({ resource: this.resource.plural }, 'list and watch work again');
  }

  async #recover(error: unknown, signal: AbortSignal): Promise<void> {
    this.#options.metrics?.failed(this.resource);
    this.#mayBeOlder = true;
    if (this.#clock.monotonic() - this.#openedAt > BACKOFF.maxMs) this.#failures = 0;
    // A refusal, above all 410, may be due to the resourceVersion: list again. An overloaded server (429) gets no list.
    if (error instanceof ApiError && error.status !== 429) this.#resourceVersion = undefined;
    const firstExpiry = isExpired(error) && this.#failures === 0;
    if (!isExpired(error)) this.#degrade(diagnose(this.resource, error));
    const delay = firstExpiry ? 0 : backoffMs(this.#failures, { ...BACKOFF, random: this.#random });
    this.#failures += 1;
    this.#openedAt = Number.POSITIVE_INFINITY;
    await sleep(this.#clock, delay, signal);
  }

  #degrade(health: Extract<Health, { ok: false }>): void {
    // A single broken connection is not reported; the next attempt may repair it.
    if (this.#hasSynced && health.reason === 'Unreachable' && this.#failures === 0) return;
    const isNew = this.#health.ok || this.#health.reason !== health.reason;
    this.#health = health;
    // One log line per problem, however many retries fail.
    if (isNew)
      this.#options.log.warn({ resource: this.resource.plural, reason: health.reason }, health.message);
  }
}

/** Whether a resourceVersion is older than another one: decimal numbers (KEP-5504); others cannot be compared. */
function isOlder(version: string, than: string): boolean {
  const [a, b] = [version, than].map((text) => (/^\d{1,20}$/.test(text) ? BigInt(text) : undefined));
  return a !== undefined && b !== undefined && a < b;
}

/** Default transform; without one, S is T. */
function unchanged<T, S>(object: T): S {
  return object as unknown as S;
}
