import { proxyReference, type ServedNamespace } from '../../injection/index.ts';
import type { Context } from '../context.ts';
import { throwFailures } from '../objects/index.ts';
import { keepTrustCopy } from '../trust-bundle/index.ts';
import { applyPolicies } from './apply-policies.ts';
import { formerProxies } from './former-proxies.ts';
import { reportPods, reportWidening } from './report-events.ts';
import { wideningPolicies } from './widening-policies.ts';
import { dropActivity, keepActivity, writeActivity } from './write-activity.ts';

/** Keeps one namespace: its policies, and how it stands. One that is on its way out is left alone. */
export async function reconcileNamespace(name: string, context: Context, signal: AbortSignal): Promise<void> {
  const namespace = context.followers.namespaces.store.get(name);
  if (namespace === undefined || namespace.terminating) return;
  const served = context.view.served(namespace);
  keepFormerProxies(name, served, context);
  const policies = await applyPolicies(namespace, served, context, signal);
  const trust = await keepTrustCopy(name, served, context, signal);
  if (isOptedIn(served)) {
    const activity = await keepActivity(name, context, signal);
    const widening = served.mode === 'enforce' ? wideningPolicies(name, context) : [];
    await writeActivity(activity, { namespace, served, policies, widening, trust }, context, signal);
    reportPods(namespace, served, context);
    reportWidening(name, widening, context);
  } else {
    await dropActivity(name, context, signal);
  }
  throwFailures(policies.failures);
}

/** The old proxy's own policy lets its former clients in, as long as there are any. */
function keepFormerProxies(name: string, served: ServedNamespace, context: Context): void {
  const { formerProxies: known, queues } = context;
  const before = known.get(name) ?? [];
  const proxies = formerProxies(name, served, context);
  const now = proxies.map(proxyReference);
  if (now.join() === before.join()) return;
  if (now.length > 0) known.set(name, now);
  else known.delete(name);
  for (const reference of new Set([...before, ...now])) queues.proxies.add(reference.replace('.', '/'));
}

/** A namespace whose proxy does not exist has opted in all the same. */
function isOptedIn(served: ServedNamespace): boolean {
  return served.kind === 'served' || served.reason === 'ProxyUnknown';
}
