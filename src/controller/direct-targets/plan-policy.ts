import { type EgressRuleSet, label, MANAGER } from '../../api/index.ts';
import {
  bothSelectors,
  directTargetsPolicyName,
  type NetworkPolicy,
  renderDirectTargetsPolicy,
} from '../../enforcement/index.ts';
import { proxyReference, type ServedNamespace } from '../../injection/index.ts';
import type { KubeObject } from '../../kube/index.ts';
import { idOf, type ObjectAction, planObjects } from '../objects/index.ts';
import type { DirectTargetsPlan } from './plan-direct-targets.ts';

/**
 * The policy that opens the destinations of a rule set; undefined if there is nothing to open. It selects only pods
 * that the namespace's own policy selects, since a policy also closes the pods that it selects.
 */
export function desiredPolicy(
  { metadata, spec }: EgressRuleSet,
  served: ServedNamespace,
  { destinations }: DirectTargetsPlan,
): NetworkPolicy | undefined {
  if (served.kind !== 'served') return undefined;
  return renderDirectTargetsPolicy({
    namespace: metadata.namespace ?? '',
    ruleSet: metadata.name,
    proxy: proxyReference(served.proxy),
    podSelector: bothSelectors(served.selector, spec.podSelector),
    destinations,
  });
}

export function policyAddress(ruleSet: { namespace?: string; name: string }): {
  namespace: string;
  name: string;
} {
  return { namespace: ruleSet.namespace ?? '', name: directTargetsPolicyName(ruleSet.name) };
}

/** What to do so that the policy is as desired. A policy that is ours and not desired is deleted. */
export function planPolicy(
  desired: NetworkPolicy | undefined,
  observed: KubeObject | undefined,
): ObjectAction[] {
  const existing = observed === undefined ? [] : [observed];
  return planObjects({
    desired: desired === undefined ? [] : [desired],
    observed: new Map(existing.map((policy) => [idOf(policy), policy])),
    owned: existing.filter((policy) => policy.metadata.labels?.[label.managedBy] === MANAGER),
  });
}
