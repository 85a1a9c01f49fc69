import type { Log } from '../../telemetry/index.ts';
import { backoffMs, type Clock, sleep, systemClock } from '../../time/index.ts';
import { ApiError, isExpired } from '../client/api-error.ts';
import type { Selection } from '../client/call.ts';
import type { KubeClient } from '../client/client.ts';
import type { ReflectorMetrics } from '../metrics.ts';
import { type KubeObject, keyOf, type Metadata, type Named } from '../object.ts';
import type { Resource } from '../resource.ts';
import { diagnose, type Health } from './health.ts';
import { type Change, type IndexFunction, type ReadonlyStore, Store } from './store.ts';
import type { WatchEvent } from './watch-event.ts';

/** What a transform has to keep of an object. */
export type Kept = Named & { metadata: Pick<Metadata, 'resourceVersion'> };

export interface ReflectorOptions<T extends KubeObject, S extends Kept = T> extends Selection {
  client: KubeClient;
  resource: Resource<T>;
  log: Log;
  /** Trims an object before it is stored, so that 150,000 pods fit. */
  transform?: (object: T) => S;
  indexes?: Record<string, IndexFunction<S>>;
  metrics?: ReflectorMetrics;
  clock?: Clock;
  random?: () => number;
  /** Milliseconds of silence after which a watch, which may be half-open, is begun anew; default 100,000. */
  idleTimeoutMs?: number;
}

export type Listener<S> = (change: Change<S>) => void;

/** Milliseconds: client-go's back-off for lists and watches. */
const BACKOFF = { baseMs: 800, maxMs: 30_000 };
/** Milliseconds. Bookmarks come once a minute, for a quiet resource every second one (measured on 1.35). */
const IDLE_TIMEOUT = 100_000;
/** Seconds: a watch asks to be ended after this and up to twice as long, so that watches spread over servers. */
const WATCH_SECONDS = 300;

/**
 * A local copy of one resource that follows the API server: list, watch, and again, until its signal is aborted.
 *
 * Invariants: the first list and every later one is a consistent read; what is stored is never older than what was
 * stored before; nothing that goes wrong ends it, and while it goes wrong the last known objects stay.
 */
export class Reflector<T extends KubeObject, S extends Kept = T> {
  readonly resource: Resource<T>;
  readonly #options: ReflectorOptions<T, S>;
  readonly #store: Store<S>;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #listeners = new Set<Listener<S>>();
  readonly #synced = Promise.withResolvers<void>();
  #hasSynced = false;
  #heardAt: number | undefined;
  #resourceVersion: string | undefined;
  /** Since the last event, or since a watch last stood for a while. */
  #failures = 0;
  /** When the present watch was opened. */
  #openedAt = Number.POSITIVE_INFINITY;
  #health: Health;

  constructor(options: ReflectorOptions<T, S>) {
    this.#options = options;
    this.resource = options.resource;
    this.#store = new Store<S>(options.indexes);
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? Math.random;
    this.#health = { ok: false, reason: 'Pending', message: `${this.resource.plural} are not listed yet` };
    options.metrics?.observe(this.resource, this);
  }

  get store(): ReadonlyStore<S> {
    return this.#store;
  }

  /** True after the first whole list, and from then on. */
  get hasSynced(): boolean {
    return this.#hasSynced;
  }

  get health(): Health {
    return this.#health;
  }

  /** Milliseconds since the API server last told us how things are; undefined before the first list. */
  get ageMs(): number | undefined {
    return this.#heardAt === undefined ? undefined : this.#clock.monotonic() - this.#heardAt;
  }

  /** Resolves after the first whole list; rejects with the signal's reason when that comes first. */
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
   * Calls the listener for everything that is stored (as `added`) and then for every change, after the store has
   * it. The function that comes back ends that. A listener that throws is logged and does no harm.
   */
  subscribe(listener: Listener<S>): () => void {
    this.#listeners.add(listener);
    for (const object of this.#store.list()) this.#tell(listener, { type: 'added', object });
    return () => this.#listeners.delete(listener);
  }

  /** Runs until the signal is aborted; then resolves. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        if (this.#resourceVersion === undefined) await this.#list(signal);
        await this.#watch(signal);
      } catch (error) {
        if (signal.aborted) return;
        await this.#recover(error, signal);
      }
    }
  }

  async #list(signal: AbortSignal): Promise<void> {
    const { client, transform = keep<T, S> } = this.#options;
    const gone = new Set(this.#store.keys());
    const listed: S[] = [];
    let resourceVersion = '';
    for await (const page of client.pages(this.resource, this.#options, { signal })) {
      for (const object of page.items) listed.push(transform(object));
      resourceVersion = page.resourceVersion;
    }
    // Only a whole list changes the store: half of one would look like deletions.
    for (const object of listed) {
      gone.delete(keyOf(object));
      this.#put(object);
    }
    for (const key of gone) this.#drop(key);
    this.#resourceVersion = resourceVersion;
    this.#heard();
    this.#hasSynced = true;
    this.#synced.resolve();
  }

  async #watch(signal: AbortSignal): Promise<void> {
    const { client, namespace, labelSelector, fieldSelector, idleTimeoutMs = IDLE_TIMEOUT } = this.#options;
    const events = client.watch(this.resource, {
      namespace,
      labelSelector,
      fieldSelector,
      idleTimeoutMs,
      resourceVersion: this.#resourceVersion ?? '',
      timeoutSeconds: Math.round(WATCH_SECONDS * (1 + this.#random())),
      signal,
      onOpen: () => this.#opened(),
    });
    let heard = 0;
    for await (const event of events) {
      this.#take(event);
      heard += 1;
    }
    // A server that ends every watch at once, without a word, is not asked again at once.
    if (heard === 0) await sleep(this.#clock, backoffMs(0, { ...BACKOFF, random: this.#random }), signal);
  }

  #take(event: WatchEvent<T>): void {
    const { transform = keep<T, S> } = this.#options;
    if (event.type === 'DELETED') this.#drop(keyOf(event.object));
    else if (event.type !== 'BOOKMARK') this.#put(transform(event.object));
    this.#resourceVersion = event.object.metadata.resourceVersion;
    this.#failures = 0;
    this.#heard();
  }

  #put(object: S): void {
    const stored = this.#store.get(keyOf(object));
    if (stored !== undefined && stored.metadata.resourceVersion === object.metadata.resourceVersion) return;
    this.#tellAll(this.#store.set(object));
  }

  #drop(key: string): void {
    const change = this.#store.delete(key);
    if (change !== undefined) this.#tellAll(change);
  }

  #tellAll(change: Change<S>): void {
    for (const listener of this.#listeners) this.#tell(listener, change);
  }

  #tell(listener: Listener<S>, change: Change<S>): void {
    try {
      listener(change);
    } catch (err) {
      const fields = { err, resource: this.resource.plural, key: keyOf(change.object), change: change.type };
      this.#options.log.error(fields, 'a listener failed');
    }
  }

  #heard(): void {
    this.#heardAt = this.#clock.monotonic();
  }

  /** A watch is open: whatever was wrong, listing and watching work. */
  #opened(): void {
    this.#heard();
    this.#openedAt = this.#clock.monotonic();
    const before = this.#health;
    this.#health = { ok: true };
    if (before.ok || before.reason === 'Pending') return;
    this.#options.log.info({ resource: this.resource.plural }, 'in touch with the API server again');
  }

  async #recover(error: unknown, signal: AbortSignal): Promise<void> {
    this.#options.metrics?.failed(this.resource);
    if (this.#clock.monotonic() - this.#openedAt > BACKOFF.maxMs) this.#failures = 0;
    // What the server refuses (410 above all) may hang on where the watch began; an overloaded one is left alone.
    if (error instanceof ApiError && error.status !== 429) this.#resourceVersion = undefined;
    const firstExpiry = isExpired(error) && this.#failures === 0;
    if (!isExpired(error)) this.#fall(diagnose(this.resource, error));
    const delay = firstExpiry ? 0 : backoffMs(this.#failures, { ...BACKOFF, random: this.#random });
    this.#failures += 1;
    this.#openedAt = Number.POSITIVE_INFINITY;
    await sleep(this.#clock, delay, signal);
  }

  #fall(health: Extract<Health, { ok: false }>): void {
    // A connection that breaks once, which the next attempt mends, is no trouble yet.
    if (this.#hasSynced && health.reason === 'Unreachable' && this.#failures === 0) return;
    const news = this.#health.ok || this.#health.reason !== health.reason;
    this.#health = health;
    // One line for one trouble, however often it is tried again.
    if (news)
      this.#options.log.warn({ resource: this.resource.plural, reason: health.reason }, health.message);
  }
}

/** Without a transform S is T. */
function keep<T, S>(object: T): S {
  return object as unknown as S;
}
