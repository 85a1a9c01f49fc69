import { Counter, Gauge, type Registry } from 'prom-client';
import type { Resource } from './resource.ts';

/** What a reflector shows of itself. */
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

/** This room's metrics on a process's registry. Call it once for each registry. */
export function createKubeMetrics(registry: Registry): KubeMetrics {
  const registers = [registry];
  return {
    reflector: reflectorMetrics(registers),
    queue: queueMetrics(registers),
    leader: leaderMetric(registers),
  };
}

function reflectorMetrics(registers: Registry[]): ReflectorMetrics {
  const reflectors = new Map<string, ObservedReflector>();
  const labelNames = ['resource'];
  new Gauge({
    name: 'kube_egress_reflector_last_sync_age_seconds',
    help: 'Time since the API server last told how things are (a list, a change, a bookmark).',
    labelNames,
    registers,
    collect() {
      for (const [resource, { ageMs }] of reflectors) {
        if (ageMs !== undefined) this.set({ resource }, ageMs / 1000);
      }
    },
  });
  new Gauge({
    name: 'kube_egress_reflector_synced',
    help: '1 after the first whole list.',
    labelNames,
    registers,
    collect() {
      for (const [resource, { hasSynced }] of reflectors) this.set({ resource }, hasSynced ? 1 : 0);
    },
  });
  new Gauge({
    name: 'kube_egress_reflector_objects',
    help: 'How many objects the local copy holds.',
    labelNames,
    registers,
    collect() {
      for (const [resource, { store }] of reflectors) this.set({ resource }, store.size);
    },
  });
  const failures = new Counter({
    name: 'kube_egress_reflector_failures_total',
    help: 'Lists and watches that failed and were tried again.',
    labelNames,
    registers,
  });
  return {
    observe(resource, reflector) {
      reflectors.set(resource.plural, reflector);
      failures.inc({ resource: resource.plural }, 0);
    },
    failed: (resource) => failures.inc({ resource: resource.plural }),
  };
}

function queueMetrics(registers: Registry[]): QueueMetrics {
  const queues = new Set<ObservedQueue>();
  new Gauge({
    name: 'kube_egress_work_queue_depth',
    help: 'Keys that wait for their turn.',
    labelNames: ['queue'],
    registers,
    collect() {
      for (const { name, depth } of queues) this.set({ queue: name }, depth);
    },
  });
  const retries = new Counter({
    name: 'kube_egress_work_queue_retries_total',
    help: 'Keys that were put back because their reconciliation failed.',
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
