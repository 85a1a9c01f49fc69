import type { UnservableReason } from '../api/index.ts';
import type { Pod } from './pod.ts';

/** The annotation that the kubelet writes on the API's copy of a static pod. */
const MIRROR = 'kubernetes.io/config.mirror';
const OS_LABELS = ['kubernetes.io/os', 'beta.kubernetes.io/os'];

/** Why the proxy can never serve a pod, whatever its namespace says; undefined for any other pod. */
export function unservable({ metadata, spec = {} }: Pod): UnservableReason | undefined {
  if (spec.hostNetwork === true) return 'HostNetwork';
  if (metadata?.annotations?.[MIRROR] !== undefined) return 'StaticPod';
  return isWindows(spec) ? 'WindowsPod' : undefined;
}

function isWindows({ os, nodeSelector = {} }: NonNullable<Pod['spec']>): boolean {
  return os?.name === 'windows' || OS_LABELS.some((key) => nodeSelector[key] === 'windows');
}

/** The explanation after a list of such pods. */
export const unservableBecause: Readonly<Record<UnservableReason, string>> = {
  HostNetwork: 'use the address of their node (hostNetwork), by which the proxy cannot tell pods apart',
  StaticPod: 'are static pods, whose kubelet starts them without asking the API server',
  WindowsPod: 'run on Windows, which does not distinguish NO_PROXY from no_proxy',
};
