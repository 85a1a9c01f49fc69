import { Counter, Gauge, type Registry } from 'prom-client';
import type { Resource } from './resource.ts';

/** The part of a reflector that its metrics read. */
export interface ObservedReflector {
  readonly ageMs: number | undefined;
  readonly hasSynced: boolean;
  readonly store: { readonly size: number };
}

export interface ReflectorMetrics {
  observe(resource: Resource, reflector: ObservedReflector): void;
  failed(resource: Resource): void;
}

export interface ObservedQueue {
  readonly name: string;
  readonly depth: number;
}

export interface QueueMetrics {
  observe(queue: ObservedQueue): void;
  retried(queue: string): void;
}

export interface KubeMetrics {
  reflector: ReflectorMetrics;
  queue: QueueMetrics;
  leader(leading: boolean): void;
}

/** Registers the metrics of reflectors, queues and leader election. Call it once per registry. */
export function createKubeMetrics(registry: Registry): KubeMetrics {
  const registers = [registry];
  return {
    reflector: reflectorMetrics(registers),
    queue: queueMetrics(registers),
    leader: leaderMetric(registers),
  };
}

/** Reflectors of one resource share one series: the greatest age, whether all have synced, the sum of objects. */
function reflectorMetrics(registers: Registry[]): ReflectorMetrics {
  const reflectors = new Map<string, ObservedReflector[]>();
  const labelNames = ['resource'];
  const gauge = (name: string, help: string, read: (of: ObservedReflector[]) => number | undefined) =>
    new Gauge({
      name,
      help,
      labelNames,
      registers,
      collect() {
        for (const [resource, list] of reflectors) {
          const value = read(list);
          if (value !== undefined) this.set({ resource }, value);
        }
      },
    });
  gauge(
    'kube_egress_reflector_last_sync_age_seconds',
    'Time since the last list, watch event or bookmark from the API server.',
    (list) => oldest(list.map(({ ageMs }) => ageMs)),
  );
  gauge('kube_egress_reflector_synced', '1 after the first complete list.', (list) =>
    list.every(({ hasSynced }) => hasSynced) ? 1 : 0,
  );
  gauge('kube_egress_reflector_objects', 'Objects in the local copy.', (list) =>
    list.reduce((sum, { store }) => sum + store.size, 0),
  );
  const failures = new Counter({
    name: 'kube_egress_reflector_failures_total',
    help: 'Lists and watches that failed and were retried.',
    labelNames,
    registers,
  });
  return {
    observe(resource, reflector) {
      const name = nameOf(resource);
      reflectors.set(name, [...(reflectors.get(name) ?? []), reflector]);
      failures.inc({ resource: name }, 0);
    },
    failed: (resource) => failures.inc({ resource: nameOf(resource) }),
  };
}

/** kubectl's spelling: `pods`, `deployments.apps`. */
function nameOf({ plural, group }: Resource): string {
  return group === '' ? plural : `${plural}.${group}`;
}

/** Greatest age in seconds; undefined if no reflector has one. */
function oldest(agesMs: (number | undefined)[]): number | undefined {
  const known = agesMs.filter((age) => age !== undefined);
  return known.length === 0 ? undefined : Math.max(...known) / 1000;
}

function queueMetrics(registers: Registry[]): QueueMetrics {
  const queues = new Set<ObservedQueue>();
  new Gauge({
    name: 'kube_egress_work_queue_depth',
    help: 'Keys that wait for reconciliation.',
    labelNames: ['queue'],
    registers,
    collect() {
      for (const { name, depth } of queues) this.set({ queue: name }, depth);
    },
  });
  const retries = new Counter({
    name: 'kube_egress_work_queue_retries_total',
    help: 'Keys that were queued again because their reconciliation failed.',
    labelNames: ['queue'],
    registers,
  });
  return {
    observe(queue) {
      queues.add(queue);
      retries.inc({ queue: queue.name }, 0);
    },
    retried: (queue) => retries.inc({ queue }),
  };
}

function leaderMetric(registers: Registry[]): (leading: boolean) => void {
  const gauge = new Gauge({ name: 'kube_egress_leader', help: '1 while this replica leads.', registers });
  return (leading) => gauge.set(leading ? 1 : 0);
}
