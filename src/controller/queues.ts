import { type KubeMetrics, WorkQueue } from '../kube/index.ts';
import type { Log } from '../telemetry/index.ts';
import type { Clock } from '../time/index.ts';

/** Keys: `namespace/name`, or `name` where the object is cluster-scoped; `all` where there is only one. */
export type Queues = Record<QueueName, WorkQueue>;

export const queueNames = [
  'discovery',
  'proxies',
  'namespaces',
  'ruleSets',
  'directTargets',
  'cniProbe',
  'upstreams',
  'certificates',
  'admission',
  'agentReports',
  'activity',
  'ruleUse',
] as const;
export type QueueName = (typeof queueNames)[number];

/** The key of the queues that hold one thing. */
export const ALL = 'all';

export interface QueueOptions {
  log: Log;
  clock: Clock;
  metrics: KubeMetrics['queue'];
}

export function createQueues(options: QueueOptions): Queues {
  const queue = (name: QueueName) => new WorkQueue({ ...options, name });
  return {
    discovery: queue('discovery'),
    proxies: queue('proxies'),
    namespaces: queue('namespaces'),
    ruleSets: queue('ruleSets'),
    directTargets: queue('directTargets'),
    cniProbe: queue('cniProbe'),
    upstreams: queue('upstreams'),
    certificates: queue('certificates'),
    admission: queue('admission'),
    agentReports: queue('agentReports'),
    activity: queue('activity'),
    ruleUse: queue('ruleUse'),
  };
}

/** Who waits for an agent's answer: a queue and a key, as one text. */
export function waiterOf(queue: QueueName, key: string): string {
  return `${queue} ${key}`;
}

export function wake(queues: Queues, waiter: string): void {
  const [name = '', key = ''] = waiter.split(' ');
  const queue = queueNames.find((candidate) => candidate === name);
  if (queue !== undefined) queues[queue].add(key);
}
