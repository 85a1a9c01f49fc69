import { annotation, label } from '../../api/index.ts';
import { type Injected, readInjected } from '../../injection/index.ts';
import type { Pod } from '../../kube/index.ts';

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
}

type PodSpec = NonNullable<Pod['spec']>;

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
    lacksVariables: injected === undefined && !isMeant(pod) && lacksVariables(pod.spec),
  };
}

function isMeant({ metadata }: Pod): boolean {
  return (
    metadata.labels?.[label.inject] === 'false' || metadata.annotations?.[annotation.skipEnv] !== undefined
  );
}

/** A user's own variables are left as they are, without an annotation of ours. */
function lacksVariables(spec: PodSpec | undefined): boolean {
  const containers = [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])];
  return containers.some(({ env = [] }) => !env.some(({ name }) => name.toUpperCase() === 'HTTPS_PROXY'));
}
