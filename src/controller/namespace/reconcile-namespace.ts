import type { ConditionReason } from '../../api/index.ts';
import { explainForbidden, type ServedNamespace } from '../../injection/index.ts';
import type { Context } from '../context.ts';
import { BY_NAMESPACE, type KeptNamespace, type KeptPod } from '../follow/index.ts';
import { throwFailures } from '../objects/index.ts';
import { keepTrustCopy } from '../trust-bundle/index.ts';
import { applyPolicies } from './apply-policies.ts';
import { podsWithoutVariables } from './plan-conditions.ts';
import { dropActivity, keepActivity, writeActivity } from './write-activity.ts';

/** Keeps one namespace: its policies, and how it stands. One that is on its way out is left alone. */
export async function reconcileNamespace(name: string, context: Context, signal: AbortSignal): Promise<void> {
  const namespace = context.followers.namespaces.store.get(name);
  if (namespace === undefined || namespace.terminating) return;
  const served = context.view.served(namespace);
  const policies = await applyPolicies(namespace, served, context, signal);
  const trust = await keepTrustCopy(name, served, context, signal);
  if (isOptedIn(served)) {
    const activity = await keepActivity(name, context, signal);
    await writeActivity(activity, { namespace, served, policies, trust }, context, signal);
    reportPods(namespace, served, context);
  } else {
    await dropActivity(name, context, signal);
  }
  throwFailures(policies.failures);
}

/** A namespace whose proxy does not exist has opted in all the same. */
function isOptedIn(served: ServedNamespace): boolean {
  return served.kind === 'served' || served.reason === 'ProxyUnknown';
}

/** Once a pod: the same Event again only counts, and is written at most now and then. */
function reportPods({ metadata }: KeptNamespace, served: ServedNamespace, context: Context): void {
  const pods = context.followers.pods.store.byIndex(BY_NAMESPACE, metadata.name);
  for (const pod of podsWithoutVariables(served, pods)) {
    reportPod(
      pod,
      'PodsNotInjected',
      'this pod runs without the proxy variables: it was created before its namespace opted in, or while the webhook was away; restart it',
      context,
    );
  }
  for (const pod of pods) {
    const level = pod.injected?.transparent;
    if (level === undefined || level === 'redirect') continue;
    reportPod(pod, 'TransparentForbidden', explainForbidden(level), context);
  }
}

function reportPod(
  { metadata }: KeptPod,
  reason: ConditionReason,
  message: string,
  { events, reported }: Context,
): void {
  if (reported.has(metadata.uid)) return;
  reported.add(metadata.uid);
  events.record({ apiVersion: 'v1', kind: 'Pod', metadata }, 'Warning', reason, message);
}
