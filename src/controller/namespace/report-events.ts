import type { ConditionReason, EgressActivity } from '../../api/index.ts';
import { BY_NAMESPACE } from '../../cluster/index.ts';
import type { WideningPolicy } from '../../enforcement/index.ts';
import { explainForbidden, type ServedNamespace, servingProxy } from '../../injection/index.ts';
import { keyOf, type Regarding } from '../../kube/index.ts';
import type { CachedPod } from '../cache/trim-pod.ts';
import type { Deps } from '../deps.ts';
import { aliasTroubles } from './plan-aliases.ts';
import { podsWithoutVariables } from './plan-conditions.ts';
import { type PodReport, sumUpReports } from './sum-up-reports.ts';
import { aliasAddress } from './write-activity.ts';

/** Allows one Event for each object and reason: repeating it would only increase the Event's count. */
export class EventDeduplicator {
  /** By reason, of which there are few, while there can be 150,000 objects. */
  readonly #reported = new Map<ConditionReason, Set<string>>();

  /** Whether the reason is new for the object. From now on it is not. */
  begin(uid: string, reason: ConditionReason): boolean {
    const objects = this.#reported.get(reason) ?? new Set();
    if (objects.has(uid)) return false;
    this.#reported.set(reason, objects.add(uid));
    return true;
  }

  forget(uid: string): void {
    for (const objects of this.#reported.values()) objects.delete(uid);
  }
}

/**
 * Reports pods without proxy variables, pods with a wrong alias, and pods that must not be redirected. Without `isNews` the status
 * named the first ones already, and the controller that wrote it reported them: a new leader says nothing about them again.
 */
export function reportPods(
  activity: EgressActivity,
  served: ServedNamespace,
  { reported, isNews }: { reported: EventDeduplicator; isNews: boolean },
  { reflectors, events }: Pick<Deps, 'reflectors' | 'events'>,
): void {
  const pods = reflectors.pods.store.byIndex(BY_NAMESPACE, activity.metadata.namespace ?? '');
  const reports = [
    ...reportsOfInjection(served, pods),
    ...reportsOfAliases(served, pods, reflectors),
    ...reportsOfRedirection(pods),
  ];
  const fresh = reports
    .filter(({ pod, reason }) => reported.begin(pod.metadata.uid ?? '', reason))
    .filter(({ reason }) => isNews || reason !== 'PodsNotInjected');
  for (const { regarding, reason, message } of sumUpReports(activity, fresh))
    events.record(regarding, 'Warning', reason, message);
}

function reportsOfInjection(served: ServedNamespace, pods: readonly CachedPod[]): PodReport[] {
  const message =
    'pod runs without the proxy variables: it was created before its namespace opted in, or while the webhook was unavailable; restart it';
  return podsWithoutVariables(served, pods).map((pod) => ({ pod, reason: 'PodsNotInjected', message }));
}

function reportsOfAliases(
  served: ServedNamespace,
  pods: readonly CachedPod[],
  reflectors: Deps['reflectors'],
): PodReport[] {
  const clients = pods.filter(
    ({ injected, terminating }) => injected?.proxy === servingProxy(served) && !terminating,
  );
  return aliasTroubles(clients, aliasAddress(served, reflectors));
}

function reportsOfRedirection(pods: readonly CachedPod[]): PodReport[] {
  return pods.flatMap((pod) => {
    const level = pod.injected?.transparent;
    if (level === undefined || level === 'redirect') return [];
    return [{ pod, reason: 'TransparentForbidden', message: explainForbidden(level) }];
  });
}

/** Reports each NetworkPolicy that undoes the enforcement. */
export function reportWidening(
  namespace: string,
  widening: readonly WideningPolicy[],
  reported: EventDeduplicator,
  { reflectors, events }: Pick<Deps, 'reflectors' | 'events'>,
): void {
  for (const { name, field, opens } of widening) {
    const policy = reflectors.networkPolicies.store.get(keyOf({ metadata: { name, namespace } }));
    if (policy === undefined) continue;
    const message = `${field} opens ${opens}. NetworkPolicies are additive, so pods of ${namespace} can bypass the proxy: remove that rule`;
    reportOnce(policy, 'WideningPolicyPresent', message, reported, events);
  }
}

function reportOnce(
  { apiVersion, kind, metadata }: Regarding,
  reason: ConditionReason,
  message: string,
  reported: EventDeduplicator,
  events: Deps['events'],
): void {
  if (!reported.begin(metadata.uid ?? '', reason)) return;
  events.record({ apiVersion, kind, metadata }, 'Warning', reason, message);
}
