import {
  ACTIVITY_NAME,
  API_VERSION,
  annotation,
  type EgressActivity,
  type EgressActivityStatus,
  MANAGER,
} from '../../api/index.ts';
import { detectWideningPolicies } from '../../enforcement/index.ts';
import {
  computeNoProxy,
  type NoProxy,
  proxyAddress,
  proxyUrl,
  type ServedNamespace,
} from '../../injection/index.ts';
import { keyOf, resources } from '../../kube/index.ts';
import { mergeConditions, type Stated } from '../conditions.ts';
import type { Context } from '../context.ts';
import { BY_NAMESPACE, type KeptNamespace } from '../follow/index.ts';
import { writeStatus } from '../objects/index.ts';
import { recordTransitions } from '../record-transitions.ts';
import { type AppliedPolicies, isLabelled } from './apply-policies.ts';
import { planNamespaceConditions } from './plan-conditions.ts';

export async function keepActivity(
  namespace: string,
  { client, followers }: Context,
  signal: AbortSignal,
): Promise<EgressActivity> {
  const metadata = { name: ACTIVITY_NAME, namespace };
  const known = followers.activities.store.get(keyOf({ metadata }));
  if (known !== undefined) return known;
  const made: EgressActivity = { apiVersion: API_VERSION, kind: 'EgressActivity', metadata };
  return client.apply(made, { fieldManager: MANAGER, force: true, signal });
}

export async function dropActivity(
  namespace: string,
  { client, followers }: Context,
  signal: AbortSignal,
): Promise<void> {
  const metadata = { name: ACTIVITY_NAME, namespace };
  if (followers.activities.store.get(keyOf({ metadata })) === undefined) return;
  await client.delete(resources.egressActivities, metadata, { signal });
}

export interface Findings {
  namespace: KeptNamespace;
  served: ServedNamespace;
  policies: AppliedPolicies;
  /** How the copy of the trust bundle stands; undefined where there is none. */
  trust: Stated | undefined;
}

export async function writeActivity(
  activity: EgressActivity,
  findings: Findings,
  context: Context,
  signal: AbortSignal,
): Promise<void> {
  const { client, clock, events, followers } = context;
  const { namespace, served, policies, trust } = findings;
  const { name } = namespace.metadata;
  const proxy = served.kind === 'served' ? served.proxy : undefined;
  const address = proxy && followers.services.store.get(keyOf(proxy))?.clusterIPs[0];
  const before = activity.status?.conditions;
  const now = clock.now();
  const stated = planNamespaceConditions({
    served,
    url: proxy && proxyUrl(proxyAddress(proxy, address)),
    pods: followers.pods.store.byIndex(BY_NAMESPACE, name),
    policiesApplied: policies.failures.length === 0,
    conflicts: policies.conflicts.map(({ metadata }) => metadata.name),
    widening: served.mode === 'enforce' ? widening(name, context) : [],
    previous: before,
    now,
  });
  const conditions = mergeConditions(before, trust ? [...stated, trust] : stated, {
    generation: undefined,
    now,
  });
  const noProxy = proxy && noProxyOf(namespace, proxy.spec.noProxy ?? [], context);
  const status: EgressActivityStatus = {
    conditions,
    mode: served.mode,
    ...(proxy && { proxy: keyOf(proxy) }),
    ...(noProxy && describeNoProxy(noProxy)),
  };
  if (await writeStatus(client, activity, status, signal)) {
    recordTransitions(events, activity, { before, after: conditions.filter(isNews) });
  }
}

/** Of the others a status of True is the bad one; they name pods and policies and stand in the status. */
const isNews = ({ type }: { type: string }): boolean =>
  ['Injected', 'Enforced', 'TrustBundle'].includes(type);

function widening(namespace: string, { followers, view }: Context) {
  const policies = followers.networkPolicies.store.byIndex(BY_NAMESPACE, namespace);
  const own = new Set(policies.filter(isLabelled).map(({ metadata }) => metadata.name));
  const specified = policies.flatMap(({ metadata, spec }) => (spec ? [{ metadata, spec }] : []));
  return detectWideningPolicies(specified as Parameters<typeof detectWideningPolicies>[0], {
    own,
    podCIDRs: view.discovered.podCIDRs ?? [],
  });
}

function noProxyOf(namespace: KeptNamespace, proxyExtras: string[], { followers, view }: Context): NoProxy {
  const services = followers.services.store.byIndex(BY_NAMESPACE, namespace.metadata.name);
  return computeNoProxy({
    discovered: view.discovered,
    proxyExtras,
    namespaceExtras: namespace.metadata.annotations[annotation.noProxy],
    serviceNames: services.map(({ metadata }) => metadata.name),
  });
}

function describeNoProxy({ value, leftOut }: NoProxy): Partial<EgressActivityStatus> {
  return {
    effectiveNoProxy: value,
    ...(leftOut.length > 0 && { leftOutOfNoProxy: leftOut.map(({ entry }) => entry) }),
  };
}
