import { randomUUID } from 'node:crypto';
import type { EventReason } from '../api/index.ts';
import { type Budget, remember, TokenBuckets } from '../bounded/index.ts';
import type { Log } from '../telemetry/index.ts';
import { type Clock, systemClock } from '../time/index.ts';
import { isNotFound } from './client/api-error.ts';
import type { KubeClient } from './client/client.ts';
import {
  beginSeries,
  type EventSeries,
  type EventType,
  type Occurrence,
  type Regarding,
} from './event-series.ts';
import { PendingEvents } from './pending-events.ts';
import { resources } from './resources.ts';
import type { Precedence } from './work-queue.ts';

export interface EventRecorderOptions {
  client: KubeClient;
  /** Name of our component, such as `kube-egress-controller`. */
  component: string;
  /** Name of our pod. */
  instance: string;
  /** Namespace of our pod. The Event that sums up those left out is there. */
  namespace: string;
  log: Log;
  clock?: Clock;
  /** No Event is written while one of these is busy. */
  after?: readonly Precedence[];
  /** Events that may wait; those beyond are summed up. Default 1000, which takes 100 s. */
  mostPending?: number;
}

/** Number of series and of buckets that are cached; the oldest are dropped first. */
const CAPACITY = 4096;
/** Writes for one object and reason without a delay; then one every 30 s. */
const PER_OBJECT: Budget = { burst: 5, refillMs: 30_000 };
/** All writes of this process: 10 a second, which an API server does not notice (docs/benchmarks.md, "Scale"). */
const IN_ALL: Budget = { burst: 100, refillMs: 100 };
const MOST_PENDING = 1000;

/**
 * Writes core/v1 Events, one after the other. A repeated message about an object increments the count of one Event. Writes
 * are limited for each object and reason, and in all; occurrences above the limit of their object appear in the count at the
 * next write, and Events above the limit of all are summed up in one.
 */
export class EventRecorder {
  readonly #options: EventRecorderOptions;
  readonly #clock: Clock;
  readonly #series = new Map<string, EventSeries>();
  readonly #perObject = new TokenBuckets(PER_OBJECT, CAPACITY);
  readonly #inAll = new TokenBuckets(IN_ALL, 1);
  readonly #pending: PendingEvents;
  readonly #after: readonly Precedence[];
  #isWriting = false;
  #written = Promise.resolve();
  #timer: (() => void) | undefined;

  constructor(options: EventRecorderOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#pending = new PendingEvents(options.mostPending ?? MOST_PENDING);
    this.#after = options.after ?? [];
    for (const ahead of this.#after) ahead.onIdle(() => this.#start());
  }

  /** Writes in the background and never throws; a failed write is logged. */
  record(regarding: Regarding, type: EventType, reason: string, message: string): void {
    const about = `${regarding.kind} ${regarding.metadata.namespace ?? ''}/${regarding.metadata.name} ${reason}`;
    const series = this.#count(`${about} ${type} ${message}`, { regarding, type, reason, message });
    if (!this.#perObject.tryTake(about, this.#clock.monotonic())) return;
    this.#pending.add(series);
    this.#start();
  }

  /** Resolves after all writes that may be made now. */
  async flush(): Promise<void> {
    while (this.#isWriting) await this.#written;
  }

  #count(key: string, occurrence: Occurrence): EventSeries {
    const lastAt = this.#now();
    const series = this.#series.get(key) ?? beginSeries(occurrence, lastAt);
    series.count += 1;
    series.lastAt = lastAt;
    remember(this.#series, key, series, CAPACITY);
    return series;
  }

  /** RFC 3339, in seconds. */
  #now(): string {
    return new Date(this.#clock.now()).toISOString().replace(/\.\d+/, '');
  }

  #start(): void {
    if (this.#isWriting) return;
    this.#isWriting = true;
    this.#written = this.#writePending();
  }

  async #writePending(): Promise<void> {
    while (this.#mayWrite()) {
      const series = this.#pending.take() ?? this.#sumUp();
      if (series === undefined) break;
      this.#inAll.take('', this.#clock.monotonic());
      await this.#write(series);
    }
    this.#isWriting = false;
  }

  /** Otherwise it starts again when it may. */
  #mayWrite(): boolean {
    if (this.#after.some(({ isBusy }) => isBusy)) return false;
    if (this.#inAll.has('', this.#clock.monotonic())) return true;
    this.#timer ??= this.#clock.after(IN_ALL.refillMs, () => {
      this.#timer = undefined;
      this.#start();
    });
    return false;
  }

  /** The Event that sums up those left out; undefined if there are none. */
  #sumUp(): EventSeries | undefined {
    const summary = this.#pending.takeSummary();
    if (summary === undefined) return undefined;
    const { instance, namespace, log } = this.#options;
    log.warn({}, summary.message);
    const regarding = { apiVersion: 'v1', kind: 'Pod', metadata: { name: instance, namespace } };
    const reason: EventReason = 'EventsLeftOut';
    return { ...beginSeries({ regarding, reason, ...summary }, this.#now()), count: 1 };
  }

  async #write(series: EventSeries): Promise<void> {
    try {
      if (series.name === undefined || !(await this.#update(series))) await this.#create(series);
    } catch (err) {
      const { reason, regarding } = series;
      this.#options.log.warn({ err, reason, object: regarding.metadata.name }, 'writing an Event failed');
    }
  }

  /** False if the API server has deleted the Event, as it does after an hour by default. */
  async #update(series: EventSeries): Promise<boolean> {
    const { count, lastAt, name } = series;
    try {
      const address = { namespace: namespaceOf(series), name };
      await this.#options.client.patch(resources.events, address, { count, lastTimestamp: lastAt });
      series.written = count;
      return true;
    } catch (error) {
      if (!isNotFound(error)) throw error;
      Object.assign(series, { count: count - series.written, written: 0, firstAt: lastAt, name: undefined });
      return false;
    }
  }

  async #create(series: EventSeries): Promise<void> {
    const { component, instance, client } = this.#options;
    const { regarding, type, reason, message, count } = series;
    const { name, namespace, uid, resourceVersion } = regarding.metadata;
    const created = await client.create(resources.events, {
      metadata: { name: eventName(name), namespace: namespaceOf(series) },
      involvedObject: {
        apiVersion: regarding.apiVersion,
        kind: regarding.kind,
        name,
        ...(namespace !== undefined && { namespace }),
        ...(uid !== undefined && { uid }),
        ...(resourceVersion !== undefined && { resourceVersion }),
      },
      type,
      reason,
      message: message.slice(0, MESSAGE_LIMIT),
      source: { component, host: instance },
      reportingComponent: component,
      reportingInstance: instance,
      firstTimestamp: series.firstAt,
      lastTimestamp: series.lastAt,
      count,
    });
    series.name = created.metadata.name;
    series.written = count;
  }
}

/** The API server's limit for an Event's message. */
const MESSAGE_LIMIT = 1024;

/** Events about cluster-scoped objects are in `default`, where kubectl looks for them. */
function namespaceOf({ regarding }: EventSeries): string {
  return regarding.metadata.namespace ?? 'default';
}

/** As in client-go: the object's name and a unique suffix. */
function eventName(name: string): string {
  return `${name.slice(0, 220)}.${randomUUID().replaceAll('-', '').slice(0, 16)}`;
}
