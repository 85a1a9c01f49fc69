import type { ServedNamespace } from '../../injection/index.ts';
import type { Context } from '../context.ts';
import { BY_NAMESPACE, type KeptNamespace } from '../follow/index.ts';
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
function reportPods(
  namespace: KeptNamespace,
  served: ServedNamespace,
  { events, followers, reported }: Context,
): void {
  const pods = followers.pods.store.byIndex(BY_NAMESPACE, namespace.metadata.name);
  for (const { metadata } of podsWithoutVariables(served, pods)) {
    if (reported.has(metadata.uid)) continue;
    reported.add(metadata.uid);
    events.record(
      { apiVersion: 'v1', kind: 'Pod', metadata },
      'Warning',
      'PodsNotInjected',
      'this pod runs without the proxy variables: it was created before its namespace opted in, or while the webhook was away; restart it',
    );
  }
}
