import { type EgressRuleSet, label, MANAGER } from '../../api/index.ts';
import { type NetworkPolicy, renderDirectTargetsPolicy } from '../../enforcement/index.ts';
import { proxyReference, type ServedNamespace } from '../../injection/index.ts';
import type { KubeObject } from '../../kube/index.ts';
import type { Context } from '../context.ts';
import { isNamespacePolicy } from '../egress-proxy/index.ts';
import { BY_NAMESPACE, type KeptNamespace } from '../follow/index.ts';
import { applyObjects, idOf, planObjects } from '../objects/index.ts';
import { directHosts, planDirectTargets } from './direct-targets.ts';
import { planNamespacePolicies } from './plan-policy.ts';

export interface AppliedPolicies extends Awaited<ReturnType<typeof applyObjects>> {
  /** Names stand behind some of them, which have to be resolved again. */
  followsNames: boolean;
}

/** Brings about the policies of one namespace. */
export async function applyPolicies(
  namespace: KeptNamespace,
  served: ServedNamespace,
  context: Context,
  signal: AbortSignal,
): Promise<AppliedPolicies> {
  const { client, followers, view } = context;
  const there: KubeObject[] = followers.networkPolicies.store.byIndex(BY_NAMESPACE, namespace.metadata.name);
  const { apiServer = [] } = view.discovered;
  const sets = setsWithDirectTargets(namespace, served, context);
  const direct = await Promise.all(sets.map((set) => directPolicy(set, namespace, served, context)));
  const actions = planObjects({
    desired: [
      ...planNamespacePolicies({ namespace, served, dns: view.dns, apiServer }),
      ...direct.filter((policy) => policy !== undefined),
    ],
    observed: new Map(there.map((policy) => [idOf(policy), policy])),
    owned: there.filter((policy) => isLabelled(policy) && isNamespacePolicy(policy)),
  });
  const applied = await applyObjects(client, actions, signal);
  return { ...applied, followsNames: sets.some((set) => directHosts(set).length > 0) };
}

/** Not merely handed over: what is ours and not desired is deleted. */
export function isLabelled({ metadata }: KubeObject): boolean {
  return metadata.labels?.[label.managedBy] === MANAGER;
}

/** Where nothing is closed there is nothing to open. */
function setsWithDirectTargets(
  { metadata }: KeptNamespace,
  served: ServedNamespace,
  { followers }: Context,
): EgressRuleSet[] {
  if (served.kind === 'notServed' || served.mode !== 'enforce') return [];
  const sets = followers.ruleSets.store.byIndex(BY_NAMESPACE, metadata.name);
  return sets.filter(({ spec }) => (spec?.directTargets ?? []).length > 0);
}

async function directPolicy(
  set: EgressRuleSet,
  namespace: KeptNamespace,
  served: ServedNamespace,
  { followers, view, resolve, events }: Context,
): Promise<NetworkPolicy | undefined> {
  if (served.kind === 'notServed') return undefined;
  const { podCIDRs = [], serviceCIDRs = [], nodeCIDRs = [] } = view.discovered;
  const hosts = directHosts(set);
  const addresses = await Promise.all(hosts.map(async (host) => [host, await resolve(host)] as const));
  const plan = planDirectTargets({
    set,
    proxy: served.proxy.spec,
    clusterRuleSets: followers.clusterRuleSets.store.list(),
    namespaceLabels: namespace.metadata.labels,
    clusterCIDRs: [...podCIDRs, ...serviceCIDRs, ...nodeCIDRs],
    addresses: new Map(addresses),
  });
  for (const { reason, message } of plan.leftOut) {
    events.record(set, 'Warning', reason, `this direct target stays closed: ${message}`);
  }
  return renderDirectTargetsPolicy({
    namespace: namespace.metadata.name,
    ruleSet: set.metadata.name,
    proxy: proxyReference(served.proxy),
    podSelector: set.spec.podSelector,
    destinations: plan.destinations,
  });
}
