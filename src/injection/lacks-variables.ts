import { annotation, label } from '../api/index.ts';
import { readInjected } from './injected-annotation.ts';
import type { Pod } from './pod.ts';

/**
 * Whether a container of the pod has no proxy variable at all, and the pod does not say that this is meant. A user's
 * own variables are left as they are, without an annotation of ours.
 */
export function lacksProxyVariables(pod: Pod): boolean {
  return readInjected(pod) === undefined && !isMeant(pod) && someContainerLacksThem(pod);
}

function isMeant({ metadata }: Pod): boolean {
  return (
    metadata?.labels?.[label.inject] === 'false' || metadata?.annotations?.[annotation.skipEnv] !== undefined
  );
}

function someContainerLacksThem({ spec }: Pod): boolean {
  const containers = [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])];
  return containers.some(({ env = [] }) => !env.some(({ name }) => name.toUpperCase() === 'HTTPS_PROXY'));
}
