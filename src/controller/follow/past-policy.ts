import { bypassesEnforcement } from '../../enforcement/index.ts';
import { REDIRECT_CONTAINER } from '../../injection/index.ts';
import type { Pod } from '../../kube/index.ts';

/**
 * Whether a pod can leave through its node, where no NetworkPolicy holds: it was there before the guards, or an
 * annotation of the namespace lets it be.
 */
export function isPastPolicy({ spec }: Pick<Pod, 'spec'>): boolean {
  if (spec === undefined) return false;
  const { hostNetwork, hostPID, hostIPC, volumes = [], containers, initContainers = [] } = spec;
  if (hostNetwork || hostPID || hostIPC) return true;
  if (volumes.some(({ hostPath }) => hostPath !== undefined)) return true;
  // The guard on capabilities knows that one from others of its name, and it is over before the pod's own code runs.
  const others = initContainers.filter(({ name }) => name !== REDIRECT_CONTAINER);
  const contexts = [...containers, ...others, ...(spec.ephemeralContainers ?? [])];
  return contexts.some(
    ({ securityContext: { privileged, capabilities } = {} }) =>
      privileged || (capabilities?.add ?? []).some(bypassesEnforcement),
  );
}
