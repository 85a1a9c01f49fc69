import type { ConditionReason } from '../../api/index.ts';
import { listed } from '../conditions.ts';
import type { Standing } from './answer.ts';

/** How one ready replica of a proxy stands to an object. */
export interface ReplicaState {
  /** `namespace/name` of the pod. */
  name: string;
  standing: Standing;
}

export type Agreement =
  | { agreed: true }
  | { agreed: false; reason: Extract<ConditionReason, 'Pending' | 'AgentUnreachable'>; message: string };

/**
 * Whether all ready replicas decide by this generation. What was agreed for it once is taken away only by a replica
 * that says otherwise, not by one that has not been asked yet or does not answer now.
 */
export function agreement(replicas: readonly ReplicaState[], agreedBefore: boolean): Agreement {
  const namesOf = (standing: Standing) =>
    replicas.filter((replica) => replica.standing === standing).map(({ name }) => name);
  const behind = namesOf('behind');
  if (behind.length > 0) {
    const share = `${behind.length} of ${replicas.length} ready replicas`;
    return {
      agreed: false,
      reason: 'Pending',
      message: `${share} decide by an older state: ${listed(behind)}`,
    };
  }
  if (agreedBefore) return { agreed: true };
  const unreachable = namesOf('unreachable');
  if (unreachable.length > 0) {
    const message = `these replicas do not say by what they decide: ${listed(unreachable)}`;
    return { agreed: false, reason: 'AgentUnreachable', message };
  }
  const unknown = namesOf('unknown');
  if (unknown.length === 0) return { agreed: true };
  return { agreed: false, reason: 'Pending', message: `these replicas are being asked: ${listed(unknown)}` };
}
