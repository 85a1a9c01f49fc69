import { bypassesEnforcement } from '../../enforcement/index.ts';
import { REDIRECT_CONTAINER } from '../../injection/index.ts';
import type { Pod } from '../../kube/index.ts';

/**
 * Whether a pod can leave through its node, where no NetworkPolicy applies. The guards deny such pods, unless the pod
 * is older than the guards or an annotation of its namespace exempts it.
 */
export function bypassesPolicy({ spec }: Pick<Pod, 'spec'>): boolean {
  if (spec === undefined) return false;
  const { hostNetwork, hostPID, hostIPC, volumes = [], containers, initContainers = [] } = spec;
  if (hostNetwork || hostPID || hostIPC) return true;
  if (volumes.some(({ hostPath }) => hostPath !== undefined)) return true;
  // The guard on capabilities checks that container, and it ends before the code of the pod runs.
  const others = initContainers.filter(({ name }) => name !== REDIRECT_CONTAINER);
  const contexts = [...containers, ...others, ...(spec.ephemeralContainers ?? [])];
  return contexts.some(
    ({ securityContext: { privileged, capabilities } = {} }) =>
      privileged || (capabilities?.add ?? []).some(bypassesEnforcement),
  );
}
