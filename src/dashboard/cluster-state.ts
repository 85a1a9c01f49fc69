import { randomUUID } from 'node:crypto';
import type { Clock } from '../time/index.ts';
import { AgentBoard, type AgentPod } from './agents/index.ts';
import { agentPodsOf, type Followers } from './follow-cluster.ts';
import { FlowStore, TimeBuckets } from './records/index.ts';

/** Flows that are remembered. */
const CAPACITY = 10_000;

export interface ClusterStateOptions {
  followers: Followers;
  clock: Clock;
  /** The JSON of an agent's path. */
  ask: (pod: AgentPod, path: string) => Promise<unknown>;
}

/** Everything that is known, of all namespaces; the views show of it what a viewer may see. */
export class ClusterState {
  readonly followers: Followers;
  readonly clock: Clock;
  readonly flows: FlowStore;
  readonly buckets = new TimeBuckets();
  readonly board: AgentBoard;

  constructor({ followers, clock, ask }: ClusterStateOptions) {
    this.followers = followers;
    this.clock = clock;
    this.flows = new FlowStore({
      capacity: CAPACITY,
      instance: randomUUID(),
      onEnded: ({ namespace = '', time, verdict, wouldDeny }) => {
        const outcome = verdict === 'deny' ? 'denied' : wouldDeny ? 'wouldDeny' : 'allowed';
        this.buckets.count(namespace, Date.parse(time), outcome);
      },
    });
    this.board = new AgentBoard({
      get: ask,
      clock,
      pods: () => agentPodsOf(followers),
      onFlows: (pod, page) => this.flows.add(pod, page),
      onGone: (pod) => this.flows.forgetOpen(pod),
    });
  }

  /** The opted-in namespaces. */
  get namespaces(): string[] {
    const names = this.followers.activities.store.list().map(({ metadata }) => metadata.namespace ?? '');
    return [...new Set(names)].sort();
  }
}
