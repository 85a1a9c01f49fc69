import { type EgressProxy, label } from '../../api/index.ts';
import { proxyReference } from '../../injection/index.ts';
import type { ReadonlyStore } from '../../kube/index.ts';
import { serviceNames } from '../../tls/index.ts';
import { BY_OWNER, type KeptPod } from '../follow/index.ts';
import type { AgentBoard, Replica } from './agent-board.ts';
import { standing } from './answer.ts';
import type { ReplicaState } from './replica-state.ts';

/** A proxy's pods that are ready and stay. */
export function readyReplicas(proxy: EgressProxy, pods: ReadonlyStore<KeptPod>): Replica[] {
  const { name, namespace = '' } = proxy.metadata;
  const [serverName] = serviceNames(name, namespace);
  return pods.byIndex(BY_OWNER, proxyReference(proxy)).flatMap((pod): Replica[] => {
    const { metadata, ready, terminating, podIP } = pod;
    const isReplica = metadata.namespace === namespace && metadata.labels[label.component] === 'proxy';
    if (!isReplica || !ready || terminating || podIP === undefined) return [];
    return [
      { uid: metadata.uid, address: podIP, name: `${metadata.namespace}/${metadata.name}`, serverName },
    ];
  });
}

export interface Asked {
  uid: string;
  generation: number;
}

/** How each replica stands to an object. Those that do not decide by it are asked until they say something new. */
export function replicaStates(
  board: AgentBoard,
  replicas: readonly Replica[],
  object: Asked,
  waiter: string,
): ReplicaState[] {
  return replicas.map((replica) => {
    const state = { name: replica.name, standing: standing(board.answer(replica.uid), object) };
    if (state.standing !== 'current') board.wait(replica, waiter);
    return state;
  });
}
