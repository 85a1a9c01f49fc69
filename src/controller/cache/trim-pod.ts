import type { UnservableReason } from '../../api/index.ts';
import { type Injected, isMissingVariables, readInjected, unservable } from '../../injection/index.ts';
import type { Pod } from '../../kube/index.ts';
import { bypassesPolicy } from './bypasses-policy.ts';

/** The fields of a pod that the controller caches: a cluster has 150,000 of them. */
export interface CachedPod {
  metadata: {
    name: string;
    namespace: string;
    uid: string;
    resourceVersion: string;
    labels: Record<string, string>;
  };
  /** Milliseconds since the epoch. */
  createdAt: number;
  /** When the kubelet accepted the pod, milliseconds since the epoch; undefined before. */
  startedAt: number | undefined;
  podIP: string | undefined;
  ready: boolean;
  terminating: boolean;
  injected: Injected | undefined;
  /** A container has no proxy variable, and no annotation says that this is intended. */
  missingVariables: boolean;
  /** Why the proxy can never serve the pod. */
  unservable: UnservableReason | undefined;
  /** The pod can leave through its node. */
  bypassesPolicy: boolean;
}

export function trimPod(pod: Pod): CachedPod {
  const {
    name,
    namespace = '',
    uid = '',
    resourceVersion = '',
    labels = {},
    deletionTimestamp,
    creationTimestamp,
  } = pod.metadata;
  return {
    metadata: { name, namespace, uid, resourceVersion, labels },
    createdAt: creationTimestamp === undefined ? 0 : Date.parse(creationTimestamp),
    startedAt: pod.status?.startTime === undefined ? undefined : Date.parse(pod.status.startTime),
    podIP: pod.status?.podIP,
    ready: pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false,
    terminating: deletionTimestamp !== undefined,
    injected: readInjected(pod),
    missingVariables: isMissingVariables(pod),
    unservable: unservable(pod),
    bypassesPolicy: bypassesPolicy(pod),
  };
}
