import type { EgressProxy } from '../../api/index.ts';
import { type ServedNamespace, servingProxy } from '../../injection/index.ts';
import type { Context } from '../context.ts';
import { BY_NAMESPACE } from '../follow/index.ts';

/**
 * The EgressProxies that pods of a namespace still have in their variables, since it moved to another one. The
 * annotation that says so is the tenant's to change: it opens the way to a proxy's port, where the agents decide.
 */
export function formerProxies(
  namespace: string,
  served: ServedNamespace,
  { followers, view }: Pick<Context, 'followers' | 'view'>,
): EgressProxy[] {
  const current = servingProxy(served);
  if (current === undefined) return [];
  const pods = followers.pods.store.byIndex(BY_NAMESPACE, namespace);
  const references = pods.flatMap(({ injected, terminating }) =>
    injected === undefined || terminating || injected.proxy === current ? [] : [injected.proxy],
  );
  return [...new Set(references)].sort().flatMap((reference) => view.catalog.find(reference) ?? []);
}
