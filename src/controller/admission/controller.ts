import { type DesiredObject, isEnforcing, label, MANAGER, readMode } from '../../api/index.ts';
import type { ReconcileResult } from '../../kube/index.ts';
import { readAuthority } from '../certificates/index.ts';
import { type Controller, watch } from '../controller.ts';
import type { Deps } from '../deps.ts';
import { enqueueAll, namespaceChanged, statusOnlyChange } from '../enqueue.ts';
import { names } from '../object-names.ts';
import { ContestedWrites } from './contested-writes.ts';
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
    const contested = new ContestedWrites();
    return {
      watches: [
        watch(reflectors.proxies, (change) => (statusOnlyChange(change) ? [] : enqueueAll())),
        watch(reflectors.namespaces, (change) => (namespaceChanged(change) ? enqueueAll() : [])),
        watch(reflectors.authority, enqueueAll),
        watch(reflectors.mutatingWebhooks, enqueueAll),
        watch(reflectors.validatingWebhooks, enqueueAll),
        watch(reflectors.guardPolicies, enqueueAll),
        watch(reflectors.guardBindings, enqueueAll),
        watch(facts, enqueueAll),
      ],
      reconcile: (_, signal) => reconcileAdmission(contested, deps, signal),
    };
  },
};

async function reconcileAdmission(
  contested: ContestedWrites,
  deps: Deps,
  signal: AbortSignal,
): Promise<ReconcileResult> {
  const { reflectors, settings, facts } = deps;
  const secret = reflectors.authority.store.get(`${settings.productNamespace}/${names.authoritySecret}`);
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
  return writePlan(plan, contested, deps, signal);
}

/** Writes the objects, each after the delay that a contested one has. */
async function writePlan(
  plan: readonly DesiredObject[],
  contested: ContestedWrites,
  { client, clock, log, events }: Pick<Deps, 'client' | 'clock' | 'log' | 'events'>,
  signal: AbortSignal,
): Promise<ReconcileResult> {
  const delays: number[] = [];
  for (const desired of plan) {
    const delay = contested.delayOf(desired, clock.monotonic());
    if (delay > 0) {
      delays.push(delay);
      continue;
    }
    await client.apply(desired, { fieldManager: MANAGER, force: true, signal });
    log.info({ kind: desired.kind, name: desired.metadata.name }, 'admission configuration written');
    if (contested.record(desired, clock.monotonic()))
      events.record(desired, 'Warning', 'Conflict', contestedText(desired));
  }
  return delays.length === 0 ? undefined : { requeueAfterMs: Math.min(...delays) };
}

function contestedText({ kind, metadata: { name } }: DesiredObject): string {
  return (
    `another writer changes fields that the controller writes; they are now written at most once a minute. ` +
    `Exclude this object there, or leave these fields out; ` +
    `kubectl get ${kind.toLowerCase()} ${name} -o yaml --show-managed-fields names the writer`
  );
}

function gatherSelectors({ facts, settings, reflectors }: Deps): SelectorInput {
  const namespaces = reflectors.namespaces.store.list();
  const enforced = namespaces.filter(({ metadata }) =>
    isEnforcing(readMode(metadata.labels[label.mode]) ?? 'none'),
  );
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
