import { randomUUID } from 'node:crypto';
import type { Log } from '../telemetry/index.ts';
import { type Clock, systemClock } from '../time/index.ts';
import { isNotFound } from './client/api-error.ts';
import type { KubeClient } from './client/client.ts';
import type { KubeObject } from './object.ts';
import { resources } from './resources.ts';

export type EventType = 'Normal' | 'Warning';

/** What an Event is about: a whole object or as much of one as is known. */
export type Regarding = Pick<KubeObject, 'apiVersion' | 'kind'> & {
  metadata: { name: string; namespace?: string; uid?: string; resourceVersion?: string };
};

export interface EventRecorderOptions {
  client: KubeClient;
  /** The part, such as `kube-egress-controller`. */
  component: string;
  /** The pod. */
  instance: string;
  log: Log;
  clock?: Clock;
  /** Writes for one object and reason at once; default 5. */
  burst?: number;
  /** Milliseconds until one more is allowed; default 30,000. */
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
  /** The Event's name, once there is one. */
  name: string | undefined;
  writing: boolean;
  /** The count that the API server has. */
  written: number;
}

interface Bucket {
  tokens: number;
  at: number;
}

/** How many series and buckets are remembered; the oldest are forgotten first. */
const REMEMBERED = 4096;

/**
 * Tells people about an object by core/v1 Events. The same message about the same object is one Event that counts.
 * For one object and reason the writes are limited; what comes above that is counted and shows with the next write.
 */
export class EventRecorder {
  readonly #options: EventRecorderOptions;
  readonly #clock: Clock;
  readonly #series = new Map<string, Series>();
  readonly #buckets = new Map<string, Bucket>();
  readonly #writes = new Set<Promise<void>>();

  constructor(options: EventRecorderOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /** Returns at once and never throws; a write that fails is logged. */
  record(regarding: Regarding, type: EventType, reason: string, message: string): void {
    const about = `${regarding.kind} ${regarding.metadata.namespace ?? ''}/${regarding.metadata.name} ${reason}`;
    const series = this.#count(`${about} ${type} ${message}`, { regarding, type, reason, message });
    if (series.writing || !this.#allowed(about)) return;
    const write = this.#write(series).finally(() => this.#writes.delete(write));
    this.#writes.add(write);
  }

  /** Resolves when the writes that are under way have ended. */
  async flush(): Promise<void> {
    await Promise.all(this.#writes);
  }

  #count(key: string, told: Pick<Series, 'regarding' | 'type' | 'reason' | 'message'>): Series {
    const lastAt = new Date(this.#clock.now()).toISOString().replace(/\.\d+/, '');
    const known = this.#series.get(key);
    const series = known ?? {
      ...told,
      firstAt: lastAt,
      lastAt,
      count: 0,
      name: undefined,
      writing: false,
      written: 0,
    };
    series.count += 1;
    series.lastAt = lastAt;
    remember(this.#series, key, series);
    return series;
  }

  #allowed(about: string): boolean {
    const { burst = 5, refillMs = 30_000 } = this.#options;
    const now = this.#clock.monotonic();
    const bucket = this.#buckets.get(about) ?? { tokens: burst, at: now };
    const refilled = Math.floor((now - bucket.at) / refillMs);
    const full = bucket.tokens + refilled >= burst;
    const tokens = Math.min(burst, bucket.tokens + refilled);
    remember(this.#buckets, about, {
      tokens: Math.max(0, tokens - 1),
      at: full ? now : bucket.at + refilled * refillMs,
    });
    return tokens > 0;
  }

  async #write(series: Series): Promise<void> {
    series.writing = true;
    try {
      if (series.name === undefined || !(await this.#update(series))) await this.#create(series);
    } catch (err) {
      const { reason, regarding } = series;
      this.#options.log.warn({ err, reason, object: regarding.metadata.name }, 'an Event was not written');
    } finally {
      series.writing = false;
    }
  }

  /** False when the API server has dropped the Event, as it does after an hour. */
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

/** Events about cluster-scoped objects stand in `default`, where kubectl looks for them. */
function namespaceOf({ regarding }: Series): string {
  return regarding.metadata.namespace ?? 'default';
}

/** client-go's form: the object's name and something that nobody else uses. */
function eventName(name: string): string {
  return `${name.slice(0, 220)}.${randomUUID().replaceAll('-', '').slice(0, 16)}`;
}

function remember<V>(map: Map<string, V>, key: string, value: V): void {
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > REMEMBERED && oldest !== undefined) map.delete(oldest);
}
