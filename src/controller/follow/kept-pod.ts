import { type Injected, isMissingVariables, readInjected } from '../../injection/index.ts';
import type { Pod } from '../../kube/index.ts';
import { isPastPolicy } from './past-policy.ts';

/** What of a pod the controller looks at: a cluster has 150,000 of them. */
export interface KeptPod {
  metadata: {
    name: string;
    namespace: string;
    uid: string;
    resourceVersion: string;
    labels: Record<string, string>;
  };
  /** When the kubelet took it up, milliseconds since the epoch; undefined before. */
  startedAt: number | undefined;
  podIP: string | undefined;
  ready: boolean;
  terminating: boolean;
  injected: Injected | undefined;
  /** A container has no proxy variable at all, and the pod does not say that this is meant. */
  lacksVariables: boolean;
  /** It can leave through its node. */
  pastPolicy: boolean;
}

export function keepPod(pod: Pod): KeptPod {
  const {
    name,
    namespace = '',
    uid = '',
    resourceVersion = '',
    labels = {},
    deletionTimestamp,
  } = pod.metadata;
  const injected = readInjected(pod);
  return {
    metadata: { name, namespace, uid, resourceVersion, labels },
    startedAt: pod.status?.startTime === undefined ? undefined : Date.parse(pod.status.startTime),
    podIP: pod.status?.podIP,
    ready: pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false,
    terminating: deletionTimestamp !== undefined,
    injected,
    lacksVariables: isMissingVariables(pod),
    pastPolicy: isPastPolicy(pod),
  };
}
