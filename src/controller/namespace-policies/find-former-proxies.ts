import { ACTIVITY_NAME } from '../../api/index.ts';
import { BY_NAMESPACE } from '../../cluster/index.ts';
import type { ServedNamespace } from '../../injection/index.ts';
import { keyOf } from '../../kube/index.ts';
import type { Deps } from '../deps.ts';
import { type FormerProxy, planFormerProxies } from './plan-former-proxies.ts';

/** What the namespace has left and its pods still use: planFormerProxies. */
export function findFormerProxies(
  namespace: string,
  served: ServedNamespace,
  { reflectors, clock }: Pick<Deps, 'reflectors' | 'clock'>,
): FormerProxy[] {
  if (served.kind !== 'served') return [];
  const activity = reflectors.activities.store.get(keyOf({ metadata: { name: ACTIVITY_NAME, namespace } }));
  return planFormerProxies({
    previous: activity?.status,
    current: keyOf(served.proxy),
    pods: reflectors.pods.store.byIndex(BY_NAMESPACE, namespace),
    now: clock.now(),
  });
}
