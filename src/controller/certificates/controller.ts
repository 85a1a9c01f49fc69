import { MANAGER } from '../../api/index.ts';
import { type ReconcileResult, resources, type Secret } from '../../kube/index.ts';
import {
  type AuthorityPlan,
  createAuthority,
  findIssuerFault,
  type KeyPair,
  normalizePair,
  planAuthority,
  readCertificate,
  readFacts,
  serviceNames,
} from '../../tls/index.ts';
import { atStart, type Controller, watch } from '../controller.ts';
import type { Deps } from '../deps.ts';
import { ALL, enqueueAll } from '../enqueue.ts';
import { names } from '../object-names.ts';
import { isConverged } from '../objects/index.ts';
import {
  type Authority,
  readAuthority,
  readKeyPair,
  renderAuthoritySecret,
  renderServingSecret,
} from './authority-secret.ts';
import { currentServingPair, msUntilNext } from './serving-pair.ts';

/** Issues and rotates the authority, and the serving pair of the webhook. */
export const certificatesController: Controller<[Deps]> = {
  name: 'certificates',
  concurrency: 1,
  create: (deps) => ({
    watches: [
      watch(deps.reflectors.authority, enqueueAll),
      watch(deps.reflectors.issuer, enqueueAll),
      watch(deps.reflectors.webhookPair, enqueueAll),
      watch(deps.facts, enqueueAll),
      atStart(ALL),
    ],
    reconcile: (_, signal) => reconcileCertificates(deps, signal),
  }),
};

/**
 * Reads both Secrets from the API server and not from the cache: an authority that was just created must not be created
 * again.
 */
async function reconcileCertificates(deps: Deps, signal: AbortSignal): Promise<ReconcileResult> {
  const { authority, nextAt } = await reconcileAuthority(deps, signal);
  const servingNextAt = await reconcileWebhookPair(deps, authority, signal);
  return { requeueAfterMs: msUntilNext(Math.min(nextAt, servingNextAt), deps.clock) };
}

async function reconcileAuthority(
  deps: Deps,
  signal: AbortSignal,
): Promise<{ authority: Authority; nextAt: number }> {
  const now = deps.clock.now();
  const found = readAuthority(await readSecret(deps, names.authoritySecret, signal));
  const issuer = await readIssuer(deps, now, signal);
  const plan = planAuthority({ authority: found.pair, bundle: found.bundle, issuer }, now);
  if (plan.action === 'keep' && found.pair !== undefined) {
    setExpiry(deps, 'authority', found.pair.cert);
    const authority = { pair: found.pair, bundle: found.bundle ?? '', adoptedAt: found.adoptedAt };
    return { authority, nextAt: plan.nextAt };
  }
  const authority = await nextAuthority(plan, found, now);
  const secret = renderAuthoritySecret(deps.settings.productNamespace, authority);
  await deps.client.apply(secret, { fieldManager: MANAGER, force: true, signal });
  deps.log.info({ action: plan.action, why: 'why' in plan ? plan.why : undefined }, 'authority written');
  // Plans again from the Secret as it is now, since a further step may be due.
  return reconcileAuthority(deps, signal);
}

async function nextAuthority(
  plan: AuthorityPlan,
  found: Partial<Authority>,
  now: number,
): Promise<Authority> {
  if (plan.action === 'adopt-authority')
    return { pair: plan.pair, bundle: plan.pair.cert + plan.trusted, adoptedAt: now };
  if (plan.action === 'trust' && found.pair)
    return { pair: found.pair, bundle: plan.bundle, adoptedAt: found.adoptedAt };
  const pair = await createAuthority({ now });
  return { pair, bundle: pair.cert + (plan.action === 'rotate-authority' ? plan.trusted : '') };
}

/** The CA that was issued outside; undefined if there is none, or none that can sign here. */
async function readIssuer(deps: Deps, now: number, signal: AbortSignal): Promise<KeyPair | undefined> {
  const secret = await readSecret(deps, names.issuerSecret, signal);
  const pair = secret && readKeyPair(secret, 'tls.crt', 'tls.key');
  if (secret === undefined || pair === undefined) return undefined;
  const fault = findIssuerFault(pair, now);
  if (fault === undefined) return normalizePair(pair);
  deps.events.record(secret, 'Warning', 'Invalid', `this CA is not used: ${fault}`);
  return undefined;
}

async function reconcileWebhookPair(deps: Deps, authority: Authority, signal: AbortSignal): Promise<number> {
  const { client, settings, facts, clock, log } = deps;
  const { productNamespace: namespace } = settings;
  const secret = await readSecret(deps, names.webhookSecret, signal);
  const dnsNames = serviceNames(names.webhookService, namespace, facts.discovered.clusterDomain);
  const serving = await currentServingPair({ authority, secret, names: dnsNames, now: clock.now() });
  const desired = renderServingSecret(
    { name: names.webhookSecret, namespace },
    serving.pair,
    authority.bundle,
  );
  setExpiry(deps, 'webhook', serving.pair.cert);
  if (secret === undefined || !isConverged(desired, secret)) {
    await client.apply(desired, { fieldManager: MANAGER, force: true, signal });
    log.info(
      { secret: names.webhookSecret, why: serving.why ?? 'the Secret was changed' },
      'serving pair of the webhook written',
    );
  }
  return serving.nextAt;
}

function readSecret(
  { client, settings }: Pick<Deps, 'client' | 'settings'>,
  name: string,
  signal: AbortSignal,
): Promise<Secret | undefined> {
  return client.find(resources.secrets, { namespace: settings.productNamespace, name }, { signal });
}

function setExpiry({ metrics }: Pick<Deps, 'metrics'>, name: string, cert: string): void {
  const certificate = readCertificate(cert);
  if (certificate !== undefined) metrics.certificate(name, readFacts(certificate).notAfter);
}
