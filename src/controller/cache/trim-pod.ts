import type { UnservableReason } from '../../api/index.ts';
import { SharedValues } from '../../bounded/index.ts';
import { sharedLabels } from '../../cluster/index.ts';
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
  /** The addresses that only this pod uses; empty on the host network. */
  ownAddresses: readonly string[];
  ready: boolean;
  terminating: boolean;
  injected: Injected | undefined;
  /** A container has no proxy variable, and no annotation says that this is intended. */
  missingVariables: boolean;
  /** Why the proxy can never serve the pod. */
  unservable: UnservableReason | undefined;
  /** Names without a dot in the pod's NO_PROXY, separated by commas; undefined without one of ours. */
  bareNames: string | undefined;
  /** The pod can leave through its node. */
  bypassesPolicy: boolean;
}

/** Workloads of which the names in NO_PROXY, of up to 16 KiB, are shared. */
const sharedNames = new SharedValues(1000);

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
  const injected = readInjected(pod);
  return {
    metadata: { name, namespace, uid, resourceVersion, labels: sharedLabels(labels) },
    createdAt: creationTimestamp === undefined ? 0 : Date.parse(creationTimestamp),
    startedAt: pod.status?.startTime === undefined ? undefined : Date.parse(pod.status.startTime),
    podIP: pod.status?.podIP,
    ownAddresses: pod.spec?.hostNetwork ? [] : (pod.status?.podIPs ?? []).flatMap(({ ip }) => ip ?? []),
    ready: pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false,
    terminating: deletionTimestamp !== undefined,
    injected,
    bareNames: bareNamesOf(pod, injected),
    missingVariables: isMissingVariables(pod),
    unservable: unservable(pod),
    bypassesPolicy: bypassesPolicy(pod),
  };
}

function bareNamesOf({ spec }: Pod, injected: Injected | undefined): string | undefined {
  const container = spec?.containers.find(({ name }) => injected?.containers.includes(name));
  const noProxy = container?.env?.findLast(({ name }) => name === 'NO_PROXY')?.value;
  if (noProxy === undefined) return undefined;
  const names = noProxy
    .split(',')
    .filter((entry) => /^[a-z][a-z0-9-]*$/.test(entry))
    .join(',');
  return sharedNames.share(names);
}
