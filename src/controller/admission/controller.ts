import { label, MANAGER } from '../../api/index.ts';
import type { ReconcileResult } from '../../kube/index.ts';
import { readAuthority } from '../certificates/index.ts';
import { type Controller, watch } from '../controller.ts';
import type { Deps } from '../deps.ts';
import { enqueueAll, namespaceChanged, statusOnlyChange } from '../enqueue.ts';
import { names } from '../object-names.ts';
import { planAdmission } from './plan-admission.ts';
import {
  enforcedByDefault,
  guardSelector,
  type SelectorInput,
  strictSelector,
  webhookSelector,
} from './selectors.ts';

/**
 * Writes our fields of the webhook configurations and the guards: the authority that the API server trusts, the
 * namespaces that they apply to, and the facts that the guards need of the cluster.
 */
export const admissionController: Controller<[Deps]> = {
  name: 'admission',
  concurrency: 1,
  create(deps) {
    const { reflectors, facts } = deps;
    return {
      watches: [
        watch(reflectors.proxies, (change) => (statusOnlyChange(change) ? [] : enqueueAll())),
        watch(reflectors.namespaces, (change) => (namespaceChanged(change) ? enqueueAll() : [])),
        watch(reflectors.secrets, ({ object }) =>
          object.metadata.name === names.authoritySecret ? enqueueAll() : [],
        ),
        watch(reflectors.mutatingWebhooks, enqueueAll),
        watch(reflectors.validatingWebhooks, enqueueAll),
        watch(reflectors.guardPolicies, enqueueAll),
        watch(reflectors.guardBindings, enqueueAll),
        watch(facts, enqueueAll),
      ],
      reconcile: (_, signal) => reconcileAdmission(deps, signal),
    };
  },
};

async function reconcileAdmission(deps: Deps, signal: AbortSignal): Promise<ReconcileResult> {
  const { reflectors, settings, client, log, facts } = deps;
  const secret = reflectors.secrets.store.get(`${settings.productNamespace}/${names.authoritySecret}`);
  const { bundle } = readAuthority(secret);
  // Enqueued again when the Secret exists.
  if (bundle === undefined) return undefined;
  const selectors = gatherSelectors(deps);
  const plan = planAdmission({
    bundle,
    podWebhooks: reflectors.mutatingWebhooks.store.get(names.podWebhooks),
    ruleWebhooks: reflectors.validatingWebhooks.store.get(names.ruleWebhooks),
    guardBindings: names.guardBindings.flatMap((name) => reflectors.guardBindings.store.get(name) ?? []),
    strictBinding: reflectors.guardBindings.store.get(names.strictBinding),
    guardPolicies: Object.keys(names.guardConditions).flatMap(
      (name) => reflectors.guardPolicies.store.get(name) ?? [],
    ),
    podCIDRs: facts.discovered.podCIDRs ?? [],
    transparentImages: gatherTransparentImages(deps),
    byDefault: enforcedByDefault(selectors),
    webhookSelector: webhookSelector(selectors),
    guardSelector: guardSelector(selectors),
    strictSelector: strictSelector(selectors, reflectors.proxies.store.list()),
  });
  for (const desired of plan) {
    await client.apply(desired, { fieldManager: MANAGER, force: true, signal });
    log.info({ kind: desired.kind, name: desired.metadata.name }, 'admission configuration written');
  }
  return undefined;
}

function gatherSelectors({ facts, settings, reflectors }: Deps): SelectorInput {
  const namespaces = reflectors.namespaces.store.list();
  const enforced = namespaces.filter(({ metadata }) => metadata.labels[label.mode] === 'enforce');
  return {
    defaultProxy: facts.catalog.defaultProxy,
    productNamespace: settings.productNamespace,
    enforcedByLabel: new Set(enforced.map(({ metadata }) => metadata.name)),
  };
}

/**
 * The images of transparent mode, in a stable order. Includes the previous image of a proxy, which running pods still
 * have.
 */
function gatherTransparentImages({ reflectors, settings }: Deps): string[] {
  const images = reflectors.proxies.store
    .list()
    .filter(({ spec }) => spec.clientEnv?.transparent)
    .flatMap(({ spec, status }) => [
      spec.image ?? settings.image,
      ...(status?.transparentImage ? [status.transparentImage] : []),
    ]);
  return [...new Set(images)].sort();
}
