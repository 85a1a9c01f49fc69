import { label, MANAGER } from '../../api/index.ts';
import { readAuthority } from '../certificates/index.ts';
import type { Context } from '../context.ts';
import { names } from '../names.ts';
import { planAdmission } from './plan-admission.ts';
import { enforcedByDefault, guardSelector, type SelectorInput, webhookSelector } from './selectors.ts';

/** Keeps our fields in the admission configurations: whom the API server trusts, and which namespaces they concern. */
export async function reconcileAdmission(context: Context, signal: AbortSignal): Promise<void> {
  const { followers, settings, client, log, view } = context;
  const secret = followers.secrets.store.get(`${settings.productNamespace}/${names.authoritySecret}`);
  const { bundle } = readAuthority(secret);
  // The Secret's own event brings us back.
  if (bundle === undefined) return;
  const selectors = gatherSelectors(context);
  const plan = planAdmission({
    bundle,
    podWebhooks: followers.mutatingWebhooks.store.get(names.podWebhooks),
    ruleWebhooks: followers.validatingWebhooks.store.get(names.ruleWebhooks),
    guardBindings: names.guardBindings.flatMap((name) => followers.guardBindings.store.get(name) ?? []),
    guardPolicies: Object.keys(names.guardConditions).flatMap(
      (name) => followers.guardPolicies.store.get(name) ?? [],
    ),
    podCIDRs: view.discovered.podCIDRs ?? [],
    transparentImages: gatherTransparentImages(context),
    byDefault: enforcedByDefault(selectors),
    webhookSelector: webhookSelector(selectors),
    guardSelector: guardSelector(selectors),
  });
  for (const desired of plan) {
    await client.apply(desired, { fieldManager: MANAGER, force: true, signal });
    log.info({ kind: desired.kind, name: desired.metadata.name }, 'admission configuration written');
  }
}

function gatherSelectors({ view, settings, followers }: Context): SelectorInput {
  const namespaces = followers.namespaces.store.list();
  const enforced = namespaces.filter(({ metadata }) => metadata.labels[label.mode] === 'enforce');
  return {
    defaultProxy: view.catalog.defaultProxy,
    productNamespace: settings.productNamespace,
    enforcedByLabel: new Set(enforced.map(({ metadata }) => metadata.name)),
  };
}

/** Sorted, so that the same images are the same condition. An image that a proxy had before is still in its pods. */
function gatherTransparentImages({ followers, settings }: Context): string[] {
  const images = followers.proxies.store
    .list()
    .filter(({ spec }) => spec.clientEnv?.transparent)
    .flatMap(({ spec, status }) => [
      spec.image ?? settings.image,
      ...(status?.transparentImage ? [status.transparentImage] : []),
    ]);
  return [...new Set(images)].sort();
}
