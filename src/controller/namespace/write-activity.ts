import {
  ACTIVITY_NAME,
  API_VERSION,
  annotation,
  type Condition,
  type EgressActivity,
  type EgressActivityStatus,
  MANAGER,
} from '../../api/index.ts';
import type { WideningPolicy } from '../../enforcement/index.ts';
import {
  computeNoProxy,
  type NoProxy,
  proxyAddress,
  proxyUrl,
  type ServedNamespace,
} from '../../injection/index.ts';
import { keyOf, resources } from '../../kube/index.ts';
import { findCondition, mergeConditions, type Stated } from '../conditions.ts';
import type { Context } from '../context.ts';
import { BY_NAMESPACE, type KeptNamespace } from '../follow/index.ts';
import { writeStatus } from '../objects/index.ts';
import { recordTransitions } from '../record-transitions.ts';
import type { AppliedPolicies } from './apply-policies.ts';
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
  /** Other policies that open egress past the cluster. */
  widening: readonly WideningPolicy[];
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
  const { namespace, served, policies, widening, trust } = findings;
  const { name } = namespace.metadata;
  const proxy = served.kind === 'served' ? served.proxy : undefined;
  const address = proxy && followers.services.store.get(keyOf(proxy))?.clusterIPs[0];
  const before = activity.status?.conditions;
  const now = clock.now();
  const stated = planNamespaceConditions({
    served,
    url: proxy && proxyUrl(proxyAddress(proxy, address)),
    pods: followers.pods.store.byIndex(BY_NAMESPACE, name),
    aliasAddress: aliasAddress(served, context),
    policiesApplied: policies.failures.length === 0,
    conflicts: policies.conflicts.map(({ metadata }) => metadata.name),
    widening,
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
    const isAlarm = ({ type }: Condition) => alarms.includes(type);
    const isNew = ({ type, status }: Condition) =>
      status === 'True' || findCondition(before, type)?.status === 'True';
    recordTransitions(events, activity, { before, after: conditions.filter((one) => !isAlarm(one)) });
    const after = conditions.filter((one) => isAlarm(one) && isNew(one));
    recordTransitions(events, activity, { before, after, bad: 'True' });
  }
}

/** Where the further names of the proxy lead the next pod; undefined where it has none. */
export function aliasAddress(
  served: ServedNamespace,
  { followers }: Pick<Context, 'followers'>,
): string | undefined {
  if (served.kind !== 'served' || (served.proxy.spec.aliases ?? []).length === 0) return undefined;
  return followers.services.store.get(keyOf(served.proxy))?.clusterIPs[0];
}

/** Of these a status of True is the bad one, and that there is none of it is no news. */
const alarms: readonly string[] = ['PodsOnOldProxy', 'PolicyConflict', 'WideningPolicyPresent'];

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
