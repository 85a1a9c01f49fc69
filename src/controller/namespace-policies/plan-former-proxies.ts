import type { EgressActivityStatus } from '../../api/index.ts';
import type { CachedPod } from '../cache/trim-pod.ts';

export type FormerProxy = NonNullable<EgressActivityStatus['formerProxies']>[number];

export interface FormerProxiesInput {
  /** Status of the namespace's EgressActivity, which only the controller writes. */
  previous: Pick<EgressActivityStatus, 'proxy' | 'formerProxies'> | undefined;
  /** `namespace/name` of the EgressProxy that serves the namespace now. */
  current: string;
  pods: readonly CachedPod[];
  /** Milliseconds since the epoch. */
  now: number;
}

/**
 * The EgressProxies that the namespace has left and that its pods still have in their variables. A pod's annotation says
 * which proxy it uses, and tenants can write it. So it counts only for a proxy that the controller itself has recorded as
 * the namespace's, and only on pods that were created before the namespace left it.
 */
export function planFormerProxies({ previous, current, pods, now }: FormerProxiesInput): FormerProxy[] {
  const recorded = previous?.formerProxies ?? [];
  const left = previous?.proxy;
  const candidates =
    left === undefined || recorded.some(({ proxy }) => proxy === left)
      ? recorded
      : [...recorded, { proxy: left, leftAt: new Date(now).toISOString() }];
  return candidates
    .filter(
      ({ proxy, leftAt }) => proxy !== current && pods.some((pod) => uses(pod, proxy, Date.parse(leftAt))),
    )
    .sort((a, b) => (a.proxy < b.proxy ? -1 : 1));
}

function uses({ injected, terminating, createdAt }: CachedPod, proxy: string, leftAt: number): boolean {
  return !terminating && injected?.proxy === proxy.replace('/', '.') && createdAt <= leftAt;
}
