import type { UnservableReason } from '../api/index.ts';
import type { Pod } from './pod.ts';

/** The annotation that the kubelet writes on the API's copy of a static pod. */
const MIRROR = 'kubernetes.io/config.mirror';

/**
 * With the variables in more containers a pod would be larger than etcd's 1.5 MB: each gets about 1.5 kB. Without a cap
 * an AdmissionReview of 1.5 MB with 90,000 containers costs a patch of 130 MB.
 */
const MOST_CONTAINERS = 1000;

const OS_LABELS = ['kubernetes.io/os', 'beta.kubernetes.io/os'];

/** Why the proxy can never serve a pod, whatever its namespace says; undefined for any other pod. */
export function unservable({ metadata, spec = {} }: Pod): UnservableReason | undefined {
  if (spec.hostNetwork === true) return 'HostNetwork';
  if (metadata?.annotations?.[MIRROR] !== undefined) return 'StaticPod';
  if (isWindows(spec)) return 'WindowsPod';
  return countContainers(spec) > MOST_CONTAINERS ? 'TooManyContainers' : undefined;
}

function isWindows({ os, nodeSelector = {} }: NonNullable<Pod['spec']>): boolean {
  return os?.name === 'windows' || OS_LABELS.some((key) => nodeSelector[key] === 'windows');
}

function countContainers({ containers, initContainers }: NonNullable<Pod['spec']>): number {
  return (containers?.length ?? 0) + (initContainers?.length ?? 0);
}

/** The explanation after a list of such pods. */
export const unservableBecause: Readonly<Record<UnservableReason, string>> = {
  HostNetwork: 'use the address of their node (hostNetwork), by which the proxy cannot tell pods apart',
  StaticPod: 'are static pods, whose kubelet starts them without asking the API server',
  TooManyContainers: `have more than ${MOST_CONTAINERS} containers`,
  WindowsPod: 'run on Windows, which does not distinguish NO_PROXY from no_proxy',
};
