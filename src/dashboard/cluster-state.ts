import { randomUUID } from 'node:crypto';
import type { AgentPod } from '../agent-client/index.ts';
import type { Clock } from '../time/index.ts';
import { AgentPoller } from './agents/index.ts';
import { FlowTable, TimeBuckets } from './records/index.ts';
import { agentPodsOf, type Reflectors } from './reflectors.ts';

/** Flows in memory. */
const CAPACITY = 10_000;

export interface ClusterStateOptions {
  reflectors: Reflectors;
  clock: Clock;
  /** Requests a path of an agent's API and returns its JSON. */
  get: (pod: AgentPod, path: string) => Promise<unknown>;
}

/** State of all namespaces. The views filter it by what a viewer may see. */
export class ClusterState {
  readonly reflectors: Reflectors;
  readonly clock: Clock;
  readonly flows: FlowTable;
  readonly buckets = new TimeBuckets();
  readonly agents: AgentPoller;

  constructor({ reflectors, clock, get }: ClusterStateOptions) {
    this.reflectors = reflectors;
    this.clock = clock;
    this.flows = new FlowTable({
      capacity: CAPACITY,
      instance: randomUUID(),
      onEnded: ({ namespace = '', time, verdict, wouldDeny }) => {
        const outcome = verdict === 'deny' ? 'denied' : wouldDeny ? 'wouldDeny' : 'allowed';
        this.buckets.count(namespace, Date.parse(time), outcome);
      },
    });
    this.agents = new AgentPoller({
      get,
      clock,
      pods: () => agentPodsOf(reflectors),
      onFlows: (pod, page) => this.flows.add(pod, page),
      onGone: (pod) => this.flows.forgetOpen(pod),
    });
  }

  /** Names of the opted-in namespaces, sorted. */
  get namespaces(): string[] {
    const names = this.reflectors.activities.store.list().map(({ metadata }) => metadata.namespace ?? '');
    return [...new Set(names)].sort();
  }
}
