import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

const PREFIX = 'kube_egress_';

/** Milliseconds between two samples of prom-client's histogram of the event loop: the longest that a timer takes, 25 days. */
const NEVER = 2 ** 31 - 1;
/** What it reads from the histogram; `nodejs_eventloop_lag_seconds` is measured at each scrape. */
const EVENT_LOOP_HISTOGRAM = ['min', 'max', 'mean', 'stddev', 'p50', 'p90', 'p99'].map(
  (figure) => `nodejs_eventloop_lag_${figure}_seconds`,
);

/** Seconds: from half a millisecond (a decision) to ten seconds (an API call). */
export const LATENCY_BUCKETS = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];

export interface GaugeReading<L extends string> {
  labels: Record<L, string>;
  value: number;
}

/** Metrics of one process: a registry whose names have the prefix `kube_egress_`. */
export interface Metrics {
  readonly registry: Registry;
  counter<L extends string>(name: string, help: string, labels?: readonly L[]): Counter<L>;
  gauge<L extends string>(name: string, help: string, labels?: readonly L[]): Gauge<L>;
  /** Adds a gauge that is read at each scrape. Label values that a reading leaves out are removed. */
  readGauge<L extends string>(
    name: string,
    help: string,
    labels: readonly L[],
    read: () => readonly GaugeReading<L>[],
  ): void;
  /** Adds a histogram of seconds. */
  latency<L extends string>(name: string, help: string, labels?: readonly L[]): Histogram<L>;
}

export function createMetrics(): Metrics {
  const registry = new Registry();
  // Without the histogram of the event loop: its timer wakes an idle process a hundred times a second.
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: NEVER });
  for (const name of EVENT_LOOP_HISTOGRAM) registry.removeSingleMetric(name);
  const settings = <L extends string>(name: string, help: string, labels: readonly L[] = []) => {
    return { name: `${PREFIX}${name}`, help, labelNames: labels, registers: [registry] };
  };
  return {
    registry,
    counter: (name, help, labels) => new Counter(settings(name, help, labels)),
    gauge: (name, help, labels) => new Gauge(settings(name, help, labels)),
    latency: (name, help, labels) =>
      new Histogram({ ...settings(name, help, labels), buckets: LATENCY_BUCKETS }),
    readGauge(name, help, labels, read) {
      new Gauge({
        ...settings(name, help, labels),
        collect() {
          this.reset();
          for (const reading of read()) this.set(reading.labels, reading.value);
        },
      });
    },
  };
}
