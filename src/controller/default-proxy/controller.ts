import { type EgressProxy, MANAGER } from '../../api/index.ts';
import { ApiError, keyOf, type ReconcileResult, resources } from '../../kube/index.ts';
import { type Controller, watch } from '../controller.ts';
import type { Deps } from '../deps.ts';
import { ALL, enqueueAll, statusOnlyChange } from '../enqueue.ts';
import { names } from '../object-names.ts';
import { type ForeignField, ownedFields, sameContent, withoutForeignFields } from '../objects/index.ts';
import { readDefaultProxy } from './read-default-proxy.ts';

/** Owns the fields that the ConfigMap sets, and no others. */
const PROXY_MANAGER = `${MANAGER}-default-proxy`;
/** Milliseconds until the EgressProxy is written again while the product's own webhook does not answer. */
const RETRY_WEBHOOK = 2_000;

/**
 * Makes the EgressProxy that a ConfigMap of the operator holds, so that one `kubectl apply` can install everything:
 * kubectl cannot create an object in the command that creates its kind. Deletes nothing.
 */
export const defaultProxyController: Controller<[Deps]> = {
  name: 'defaultProxy',
  concurrency: 1,
  create: (deps) => ({
    watches: [
      watch(deps.reflectors.defaultProxy, enqueueAll),
      watch(deps.reflectors.proxies, (change) => (statusOnlyChange(change) ? [] : [ALL])),
    ],
    reconcile: (_, signal) => reconcileDefaultProxy(deps, signal),
  }),
};

async function reconcileDefaultProxy(deps: Deps, signal: AbortSignal): Promise<ReconcileResult> {
  const { reflectors, settings, events } = deps;
  const source = reflectors.defaultProxy.store.get(`${settings.productNamespace}/${names.defaultProxy}`);
  if (source === undefined) return undefined;
  const reading = readDefaultProxy(source);
  if (!reading.ok) {
    events.record(source, 'Warning', 'Invalid', `the default EgressProxy is not made: ${reading.message}`);
    return undefined;
  }
  try {
    await applyDefaultProxy(reading.proxy, deps, signal);
    return undefined;
  } catch (error) {
    if (isWebhookUnavailable(error)) {
      deps.log.info({ why: error.message }, 'the default EgressProxy waits for the webhook');
      return { requeueAfterMs: RETRY_WEBHOOK };
    }
    signal.throwIfAborted();
    const why = error instanceof Error ? error.message : String(error);
    events.record(source, 'Warning', 'Invalid', `the default EgressProxy cannot be written: ${why}`);
    throw error;
  }
}

/** Never by force: a field with another value that another manager has set stays as it is. */
async function applyDefaultProxy(desired: EgressProxy, deps: Deps, signal: AbortSignal): Promise<void> {
  const { client, events, log } = deps;
  const { name, namespace } = desired.metadata;
  const live = await client.find(resources.egressProxies, { name, namespace }, { signal });
  // A deleted one is made again when it is gone.
  if (live?.metadata.deletionTimestamp !== undefined) return;
  const { object, foreign }: { object: EgressProxy; foreign: ForeignField[] } = live
    ? withoutForeignFields(desired, live, PROXY_MANAGER)
    : { object: desired, foreign: [] };
  if (live && foreign.length > 0) events.record(live, 'Warning', 'Conflict', explainForeign(foreign));
  if (live && isApplied(object, live)) return;
  await client.apply(object, { fieldManager: PROXY_MANAGER, signal });
  log.info({ proxy: keyOf(desired) }, 'default EgressProxy written');
}

function isApplied({ metadata, spec }: EgressProxy, live: EgressProxy): boolean {
  const { labels, annotations } = metadata;
  const written = { metadata: { ...(labels && { labels }), ...(annotations && { annotations }) }, spec };
  return sameContent(ownedFields(live, { manager: PROXY_MANAGER }), written);
}

function explainForeign(foreign: readonly ForeignField[]): string {
  const fields = foreign.map(({ path, manager }) => `${path} (set by ${manager})`).join(', ');
  return `the ConfigMap ${names.defaultProxy} does not change ${fields}: make both equal, or remove the field from the ConfigMap`;
}

function isWebhookUnavailable(error: unknown): error is ApiError {
  return error instanceof ApiError && error.status >= 500 && error.message.includes('failed calling webhook');
}
