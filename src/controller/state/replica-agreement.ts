import type { ConditionReason } from '../../api/index.ts';
import { agentPorts } from '../../proxy/index.ts';
import { listNames } from '../conditions.ts';
import {
  type AgentGenerations,
  type Generation,
  type GenerationState,
  generationState,
  type Replica,
  type Waiter,
} from './agent-generations.ts';

/** Whether one ready replica of a proxy decides by a generation of an object. */
export interface ReplicaState {
  /** `namespace/name` of the pod. */
  name: string;
  state: GenerationState;
}

/** The state of each replica. A replica that does not decide by the generations yet is asked until its answer changes. */
export function replicaStates(
  generations: AgentGenerations,
  replicas: readonly Replica[],
  objects: readonly Generation[],
  waiter: Waiter,
): ReplicaState[] {
  return replicas.map((replica) => {
    const state = generationState(generations.answer(replica.uid), objects);
    if (state !== 'current') generations.wait(replica, waiter);
    return { name: replica.name, state };
  });
}

/** Enqueues the keys of a controller that waited for an agent whose answer has changed. */
export const enqueueWaiters =
  (controller: string) =>
  (waiters: readonly Waiter[]): string[] =>
    waiters.filter((waiter) => waiter.controller === controller).map(({ key }) => key);

export type Agreement =
  | { agreed: true }
  | { agreed: false; reason: Extract<ConditionReason, 'Pending' | 'AgentUnreachable'>; message: string };

/**
 * Whether all ready replicas decide by this generation. Once they have agreed, only a replica with an older generation
 * revokes that, not one that was not asked yet or does not answer.
 */
export function agreement(replicas: readonly ReplicaState[], agreedBefore: boolean): Agreement {
  const namesOf = (state: GenerationState) =>
    replicas.filter((replica) => replica.state === state).map(({ name }) => name);
  const outdated = namesOf('outdated');
  if (outdated.length > 0) {
    const message = `${outdated.length} of ${replicas.length} ready replicas still decide by an older generation: ${listNames(outdated)}`;
    return { agreed: false, reason: 'Pending', message };
  }
  if (agreedBefore) return { agreed: true };
  const unreachable = namesOf('unreachable');
  if (unreachable.length > 0) {
    const message = `the controller cannot reach the agents of these ready replicas (TCP port ${agentPorts.api}), so it is unknown by which generation they decide: ${listNames(unreachable)}`;
    return { agreed: false, reason: 'AgentUnreachable', message };
  }
  const unknown = namesOf('unknown');
  if (unknown.length === 0) return { agreed: true };
  const message = `waiting for the agents of these replicas to report their generation: ${listNames(unknown)}`;
  return { agreed: false, reason: 'Pending', message };
}
