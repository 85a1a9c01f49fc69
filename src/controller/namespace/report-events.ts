import type { ConditionReason } from '../../api/index.ts';
import type { WideningPolicy } from '../../enforcement/index.ts';
import { explainForbidden, type ServedNamespace } from '../../injection/index.ts';
import { keyOf, type Regarding } from '../../kube/index.ts';
import type { Context } from '../context.ts';
import { BY_NAMESPACE, type KeptNamespace } from '../follow/index.ts';
import { aliasTroubles } from './plan-aliases.ts';
import { podsWithoutVariables } from './plan-conditions.ts';
import { aliasAddress } from './write-activity.ts';

const POD = { apiVersion: 'v1', kind: 'Pod' } as const;

/** Tells on each pod that has no proxy variables, whose alias leads elsewhere, and whose redirection is forbidden. */
export function reportPods({ metadata }: KeptNamespace, served: ServedNamespace, context: Context): void {
  const pods = context.followers.pods.store.byIndex(BY_NAMESPACE, metadata.name);
  for (const pod of podsWithoutVariables(served, pods)) {
    reportOnce(
      { ...POD, metadata: pod.metadata },
      'PodsNotInjected',
      'this pod runs without the proxy variables: it was created before its namespace opted in, or while the webhook was away; restart it',
      context,
    );
  }
  const clients = pods.filter(({ injected, terminating }) => injected !== undefined && !terminating);
  for (const { pod, reason, message } of aliasTroubles(clients, aliasAddress(served, context))) {
    reportOnce({ ...POD, metadata: pod.metadata }, reason, message, context);
  }
  for (const pod of pods) {
    const level = pod.injected?.transparent;
    if (level === undefined || level === 'redirect') continue;
    reportOnce({ ...POD, metadata: pod.metadata }, 'TransparentForbidden', explainForbidden(level), context);
  }
}

/** Tells on each NetworkPolicy that undoes the enforcement. */
export function reportWidening(
  namespace: string,
  widening: readonly WideningPolicy[],
  context: Context,
): void {
  for (const { name, field, opens } of widening) {
    const policy = context.followers.networkPolicies.store.get(keyOf({ metadata: { name, namespace } }));
    if (policy === undefined) continue;
    const message = `policies add up, so this one undoes that only the proxy leads out of ${namespace}: ${field} opens ${opens}`;
    reportOnce(policy, 'WideningPolicyPresent', message, context);
  }
}

/** Once an object: the same Event again only counts, and is written at most now and then. */
function reportOnce(
  { apiVersion, kind, metadata }: Regarding,
  reason: ConditionReason,
  message: string,
  { events, reported }: Context,
): void {
  if (!reported.begin(metadata.uid ?? '', reason)) return;
  events.record({ apiVersion, kind, metadata }, 'Warning', reason, message);
}
