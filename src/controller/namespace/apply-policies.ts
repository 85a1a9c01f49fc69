import { label, MANAGER } from '../../api/index.ts';
import { ruleSetOfPolicyName } from '../../enforcement/index.ts';
import type { ServedNamespace } from '../../injection/index.ts';
import type { KubeObject } from '../../kube/index.ts';
import type { Context } from '../context.ts';
import { isNamespacePolicy } from '../egress-proxy/index.ts';
import { BY_NAMESPACE, type KeptNamespace } from '../follow/index.ts';
import { applyObjects, idOf, planObjects } from '../objects/index.ts';
import { formerProxies } from './former-proxies.ts';
import { planNamespacePolicies } from './plan-policy.ts';

export type AppliedPolicies = Awaited<ReturnType<typeof applyObjects>>;

/** Brings about the policy that closes one namespace. What direct targets open has a reconciler of its own. */
export function applyPolicies(
  namespace: KeptNamespace,
  served: ServedNamespace,
  context: Context,
  signal: AbortSignal,
): Promise<AppliedPolicies> {
  const { client, followers, view } = context;
  const there: KubeObject[] = followers.networkPolicies.store.byIndex(BY_NAMESPACE, namespace.metadata.name);
  const { apiServer = [] } = view.discovered;
  const actions = planObjects({
    desired: planNamespacePolicies({
      namespace,
      served,
      former: formerProxies(namespace.metadata.name, served, context),
      dns: view.dns,
      apiServer,
    }),
    observed: new Map(there.map((policy) => [idOf(policy), policy])),
    owned: there.filter((policy) => isLabelled(policy) && closes(policy)),
  });
  return applyObjects(client, actions, signal);
}

/** Not merely handed over: what is ours and not desired is deleted. */
export function isLabelled({ metadata }: KubeObject): boolean {
  return metadata.labels?.[label.managedBy] === MANAGER;
}

function closes(policy: KubeObject): boolean {
  return isNamespacePolicy(policy) && ruleSetOfPolicyName(policy.metadata.name) === undefined;
}
