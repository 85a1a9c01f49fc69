import { detectWideningPolicies, type WideningPolicy } from '../../enforcement/index.ts';
import type { Context } from '../context.ts';
import { BY_NAMESPACE } from '../follow/index.ts';
import { isLabelled } from './apply-policies.ts';

/** The policies of a namespace that are not ours and open egress past the cluster. */
export function wideningPolicies(namespace: string, { followers, view }: Context): WideningPolicy[] {
  const policies = followers.networkPolicies.store.byIndex(BY_NAMESPACE, namespace);
  const own = new Set(policies.filter(isLabelled).map(({ metadata }) => metadata.name));
  const specified = policies.flatMap(({ metadata, spec }) => (spec ? [{ metadata, spec }] : []));
  return detectWideningPolicies(specified as Parameters<typeof detectWideningPolicies>[0], {
    own,
    podCIDRs: view.discovered.podCIDRs ?? [],
  });
}
