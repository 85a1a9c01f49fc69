import {
  ACTIVITY_NAME,
  API_VERSION,
  annotation,
  type Condition,
  type EgressActivity,
  type EgressActivityStatus,
  type EgressProxy,
  MANAGER,
} from '../../api/index.ts';
import { BY_NAMESPACE, type CachedNamespace, suffixesOfGroup } from '../../cluster/index.ts';
import type { WideningPolicy } from '../../enforcement/index.ts';
import {
  computeNoProxy,
  type NoProxy,
  neededSuffixes,
  proxyAddress,
  proxyUrl,
  type ServedNamespace,
} from '../../injection/index.ts';
import { keyOf, resources } from '../../kube/index.ts';
import type { Reflectors } from '../cache/reflectors.ts';
import { type ConditionUpdate, findCondition, mergeConditions, recordTransitions } from '../conditions.ts';
import type { Deps } from '../deps.ts';
import type { FormerProxy } from '../namespace-policies/plan-former-proxies.ts';
import { writeStatus } from '../objects/index.ts';
import type { PolicyOutcome } from '../state/policy-outcomes.ts';
import { planNamespaceConditions } from './plan-conditions.ts';

/** The EgressActivity of a namespace, created if it does not exist. */
export async function ensureActivity(
  namespace: string,
  { client, reflectors }: Pick<Deps, 'client' | 'reflectors'>,
  signal: AbortSignal,
): Promise<EgressActivity> {
  const metadata = { name: ACTIVITY_NAME, namespace };
  const existing = reflectors.activities.store.get(keyOf({ metadata }));
  if (existing !== undefined) return existing;
  const desired: EgressActivity = { apiVersion: API_VERSION, kind: 'EgressActivity', metadata };
  return client.apply(desired, { fieldManager: MANAGER, force: true, signal });
}

export async function deleteActivity(
  namespace: string,
  { client, reflectors }: Pick<Deps, 'client' | 'reflectors'>,
  signal: AbortSignal,
): Promise<void> {
  const metadata = { name: ACTIVITY_NAME, namespace };
  if (reflectors.activities.store.get(keyOf({ metadata })) === undefined) return;
  await client.delete(resources.egressActivities, metadata, { signal });
}

export interface Findings {
  namespace: CachedNamespace;
  served: ServedNamespace;
  former: readonly FormerProxy[];
  policies: PolicyOutcome;
  /** Other policies that open egress past the cluster. */
  widening: readonly WideningPolicy[];
  /** Condition of the copy of the trust bundle; undefined if there is none. */
  trust: ConditionUpdate | undefined;
}

/** Resolves with whether the status has changed. */
export async function writeActivityStatus(
  activity: EgressActivity,
  findings: Findings,
  deps: Deps,
  signal: AbortSignal,
): Promise<boolean> {
  const { client, clock, events, reflectors } = deps;
  const { namespace, served, former, policies, widening, trust } = findings;
  const { name } = namespace.metadata;
  const proxy = served.kind === 'served' ? served.proxy : undefined;
  const address = proxy && reflectors.services.store.get(keyOf(proxy))?.clusterIPs[0];
  const noProxy = proxy && noProxyOf(namespace, proxy, deps);
  const before = activity.status?.conditions;
  const now = clock.now();
  const updates = planNamespaceConditions({
    served,
    url: proxy && proxyUrl(proxyAddress(proxy, address)),
    pods: reflectors.pods.store.byIndex(BY_NAMESPACE, name),
    services: reflectors.services.store.byIndex(BY_NAMESPACE, name),
    leftOut: new Set(noProxy?.leftOut.map(({ entry }) => entry)),
    aliasAddress: aliasAddress(served, reflectors),
    policiesApplied: policies.isApplied,
    conflicts: policies.conflicts,
    replacement: policies.replacement,
    exemptions: exemptionsOf(namespace),
    widening,
    previous: before,
    now,
  });
  const conditions = mergeConditions(before, trust ? [...updates, trust] : updates, {
    generation: undefined,
    now,
  });
  const status: EgressActivityStatus = {
    conditions,
    mode: served.mode,
    ...(proxy && { proxy: keyOf(proxy) }),
    ...(former.length > 0 && { formerProxies: [...former] }),
    ...(noProxy && describeNoProxy(noProxy)),
  };
  const written = await writeStatus(client, activity, status, signal);
  if (written !== undefined) {
    const isAlarm = ({ type }: Condition) => alarms.includes(type);
    const isNew = ({ type, status }: Condition) =>
      status === 'True' || findCondition(before, type)?.status === 'True';
    recordTransitions(events, activity, { before, after: conditions.filter((one) => !isAlarm(one)) });
    const after = conditions.filter((one) => isAlarm(one) && isNew(one));
    recordTransitions(events, activity, { before, after, bad: 'True' });
  }
  return written !== undefined;
}

/** The annotations of a namespace that exempt its pods from guards. They can have been set before the opt-in. */
function exemptionsOf({ metadata: { annotations } }: CachedNamespace): string[] {
  const { allowHostNetwork, allowPrivileged, allowInlineCsi } = annotation;
  return [
    ...[allowHostNetwork, allowPrivileged].filter((key) => annotations[key] === 'true'),
    ...((annotations[allowInlineCsi] ?? '') === '' ? [] : [allowInlineCsi]),
  ];
}

/** Address of the proxy's names in the hostAliases of the next pod; undefined without a Service. */
export function aliasAddress(
  served: ServedNamespace,
  { services }: Pick<Reflectors, 'services'>,
): string | undefined {
  if (served.kind !== 'served') return undefined;
  return services.store.get(keyOf(served.proxy))?.clusterIPs[0];
}

/** For these True means trouble; a first False needs no Event. */
const alarms: readonly string[] = [
  'PodsOnOldProxy',
  'PodsOlderThanServices',
  'PolicyConflict',
  'WideningPolicyPresent',
];

/**
 * Without the names of other namespaces: with them, a new namespace would change the status of every other one. The rule sets
 * are those of the namespace, also where the proxy's ruleSetScope is Cluster, for the same reason.
 */
function noProxyOf(
  { metadata: { name, annotations, labels } }: CachedNamespace,
  proxy: EgressProxy,
  { reflectors, facts }: Pick<Deps, 'reflectors' | 'facts'>,
): NoProxy {
  const { ruleSets, clusterRuleSets, targetGroups } = reflectors;
  const services = reflectors.services.store.byIndex(BY_NAMESPACE, name);
  return computeNoProxy({
    discovered: facts.discovered,
    proxyExtras: proxy.spec.noProxy ?? [],
    annotations: [annotations[annotation.noProxy]],
    peers: [],
    serviceNames: services.map(({ metadata }) => metadata.name),
    headlessNames: services.filter(({ isHeadless }) => isHeadless).map(({ metadata }) => metadata.name),
    namespaceNames: services.length > 0 ? [name] : [],
    needed: neededSuffixes({
      ruleSets: ruleSets.store.byIndex(BY_NAMESPACE, name),
      clusterRuleSets: clusterRuleSets.store.list(),
      suffixesOfGroup: suffixesOfGroup(targetGroups.store),
      namespaceLabels: labels,
      proxy,
    }),
  });
}

function describeNoProxy({ value, leftOut }: NoProxy): Partial<EgressActivityStatus> {
  return {
    effectiveNoProxy: value,
    ...(leftOut.length > 0 && { leftOutOfNoProxy: leftOut.map(({ entry }) => entry) }),
  };
}
