import { Registry } from 'prom-client';
import { createAgentMetrics, registerReadings } from '../../../src/agent/metrics/index.ts';
import { createControllerMetrics } from '../../../src/controller/metrics.ts';
import { createKubeMetrics } from '../../../src/kube/index.ts';
import { createMetrics } from '../../../src/telemetry/index.ts';
import { registerMetrics } from '../../../src/webhook/http/metrics.ts';

export interface ServedMetric {
  name: string;
  type: string;
  help: string;
  labels: readonly string[];
  /** Components that serve it. */
  components: string[];
}

/** Every metric of the product, as the components' own code declares it, by name. */
export function servedMetrics(): ServedMetric[] {
  const served = new Map<string, ServedMetric>();
  for (const [component, registry] of Object.entries(registries())) {
    for (const metric of declaredIn(registry)) {
      const known = served.get(metric.name) ?? { ...metric, components: [] };
      known.components.push(component);
      served.set(metric.name, known);
    }
  }
  return [...served.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** The names that a scrape shows: a histogram has three. */
export function seriesNames(): Set<string> {
  return new Set(
    servedMetrics().flatMap(({ name, type }) =>
      type === 'histogram' ? ['_bucket', '_sum', '_count'].map((suffix) => name + suffix) : [name],
    ),
  );
}

function registries(): Record<string, Registry> {
  const agent = createMetrics();
  const none = () => 0;
  createKubeMetrics(agent.registry);
  createAgentMetrics(agent);
  registerReadings(agent, {
    holds: none,
    pending: none,
    delayed: none,
    ruleSets: () => [],
    ruleSetsBeyondQuota: none,
    delayedNamespaces: none,
    stale: () => false,
    upstreams: () => [],
  });
  const controller = createMetrics();
  createKubeMetrics(controller.registry);
  createControllerMetrics(controller);
  const webhook = new Registry();
  createKubeMetrics(webhook);
  registerMetrics(webhook, () => undefined);
  const dashboard = new Registry();
  createKubeMetrics(dashboard);
  return { agent: agent.registry, controller: controller.registry, dashboard, webhook };
}

function declaredIn(registry: Registry): Omit<ServedMetric, 'components'>[] {
  const metrics = registry.getMetricsAsArray() as unknown as (Omit<ServedMetric, 'components' | 'labels'> & {
    labelNames?: string[];
  })[];
  return metrics
    .filter(({ name }) => name.startsWith('kube_egress_'))
    .map(({ name, type, help, labelNames = [] }) => ({ name, type, help, labels: labelNames }));
}
