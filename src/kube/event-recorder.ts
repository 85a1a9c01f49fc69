import { randomUUID } from 'node:crypto';
import { remember, TokenBuckets } from '../bounded/index.ts';
import type { Log } from '../telemetry/index.ts';
import { type Clock, systemClock } from '../time/index.ts';
import { isNotFound } from './client/api-error.ts';
import type { KubeClient } from './client/client.ts';
import type { KubeObject } from './object.ts';
import { resources } from './resources.ts';

export type EventType = 'Normal' | 'Warning';

/** The object that an Event is about, or the known part of it. */
export type Regarding = Pick<KubeObject, 'apiVersion' | 'kind'> & {
  metadata: { name: string; namespace?: string; uid?: string; resourceVersion?: string };
};

export interface EventRecorderOptions {
  client: KubeClient;
  /** Name of our component, such as `kube-egress-controller`. */
  component: string;
  /** Name of our pod. */
  instance: string;
  log: Log;
  clock?: Clock;
  /** Writes for one object and reason without a delay; default 5. */
  burst?: number;
  /** Milliseconds until one more write is allowed; default 30,000. */
  refillMs?: number;
}

interface Series {
  regarding: Regarding;
  type: EventType;
  reason: string;
  message: string;
  firstAt: string;
  lastAt: string;
  count: number;
  /** Name of the Event; undefined before it is created. */
  name: string | undefined;
  writing: boolean;
  /** The count in the Event on the API server. */
  written: number;
}

/** Number of series and of buckets that are cached; the oldest are dropped first. */
const CAPACITY = 4096;

/**
 * Writes core/v1 Events. A repeated message about an object increments the count of one Event. Writes are rate-limited
 * per object and reason; occurrences above the limit appear in the count at the next write.
 */
export class EventRecorder {
  readonly #options: EventRecorderOptions;
  readonly #clock: Clock;
  readonly #series = new Map<string, Series>();
  readonly #buckets: TokenBuckets;
  readonly #writes = new Set<Promise<void>>();

  constructor(options: EventRecorderOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    const { burst = 5, refillMs = 30_000 } = options;
    this.#buckets = new TokenBuckets({ burst, refillMs }, CAPACITY);
  }

  /** Writes in the background and never throws; a failed write is logged. */
  record(regarding: Regarding, type: EventType, reason: string, message: string): void {
    const about = `${regarding.kind} ${regarding.metadata.namespace ?? ''}/${regarding.metadata.name} ${reason}`;
    const series = this.#count(`${about} ${type} ${message}`, { regarding, type, reason, message });
    if (series.writing || !this.#buckets.tryTake(about, this.#clock.monotonic())) return;
    const write = this.#write(series).finally(() => this.#writes.delete(write));
    this.#writes.add(write);
  }

  /** Resolves after all running writes. */
  async flush(): Promise<void> {
    await Promise.all(this.#writes);
  }

  #count(key: string, event: Pick<Series, 'regarding' | 'type' | 'reason' | 'message'>): Series {
    const lastAt = new Date(this.#clock.now()).toISOString().replace(/\.\d+/, '');
    const known = this.#series.get(key);
    const series = known ?? {
      ...event,
      firstAt: lastAt,
      lastAt,
      count: 0,
      name: undefined,
      writing: false,
      written: 0,
    };
    series.count += 1;
    series.lastAt = lastAt;
    remember(this.#series, key, series, CAPACITY);
    return series;
  }

  async #write(series: Series): Promise<void> {
    series.writing = true;
    try {
      if (series.name === undefined || !(await this.#update(series))) await this.#create(series);
    } catch (err) {
      const { reason, regarding } = series;
      this.#options.log.warn({ err, reason, object: regarding.metadata.name }, 'writing an Event failed');
    } finally {
      series.writing = false;
    }
  }

  /** False if the API server has deleted the Event, as it does after an hour by default. */
  async #update(series: Series): Promise<boolean> {
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

  async #create(series: Series): Promise<void> {
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
function namespaceOf({ regarding }: Series): string {
  return regarding.metadata.namespace ?? 'default';
}

/** As in client-go: the object's name and a unique suffix. */
function eventName(name: string): string {
  return `${name.slice(0, 220)}.${randomUUID().replaceAll('-', '').slice(0, 16)}`;
}
