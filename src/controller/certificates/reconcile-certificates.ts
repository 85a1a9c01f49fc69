import { MANAGER } from '../../api/index.ts';
import { type Reconciled, resources, type Secret } from '../../kube/index.ts';
import { createAuthority, factsOf, planAuthority, readCertificate, serviceNames } from '../../tls/index.ts';
import type { Context } from '../context.ts';
import { names } from '../names.ts';
import { isConverged } from '../objects/index.ts';
import {
  type Authority,
  readAuthority,
  renderAuthoritySecret,
  renderServingSecret,
} from './authority-secret.ts';
import { currentServingPair } from './serving-pair.ts';

/**
 * Keeps the authority and the webhook's pair. Both are read from the API server, not from the cache: an authority
 * that was made a moment ago must not be made again.
 */
export async function reconcileCertificates(context: Context, signal: AbortSignal): Promise<Reconciled> {
  const { authority, nextAt } = await keepAuthority(context, signal);
  const servingNextAt = await keepWebhookPair(context, authority, signal);
  return { requeueAfterMs: untilNext(context, Math.min(nextAt, servingNextAt)) };
}

/** Milliseconds: timers hold 24 days at most, and a clock that was set is noticed. */
const LONGEST_SLEEP = 12 * 60 * 60 * 1000;

/** Milliseconds until a certificate has to be looked at again. */
export function untilNext({ clock }: Pick<Context, 'clock'>, nextAt: number): number {
  return Math.min(LONGEST_SLEEP, Math.max(1_000, nextAt - clock.now()));
}

async function keepAuthority(
  context: Context,
  signal: AbortSignal,
): Promise<{ authority: Authority; nextAt: number }> {
  const now = context.clock.now();
  const found = readAuthority(await readSecret(context, names.authoritySecret, signal));
  const plan = planAuthority({ authority: found.pair, bundle: found.bundle }, now);
  if (plan.action === 'keep' && found.pair !== undefined) {
    observe(context, 'authority', found.pair.cert);
    return { authority: { pair: found.pair, bundle: found.bundle ?? '' }, nextAt: plan.nextAt };
  }
  const pair = plan.action === 'trust' && found.pair ? found.pair : await createAuthority({ now });
  const bundle = plan.action === 'trust' ? plan.bundle : pair.cert + trustedBefore(plan);
  const secret = renderAuthoritySecret(context.settings.productNamespace, { pair, bundle });
  await context.client.apply(secret, { fieldManager: MANAGER, force: true, signal });
  context.log.info({ action: plan.action, why: 'why' in plan ? plan.why : undefined }, 'authority written');
  // What the Secret says now is planned again, since there may be a further step.
  return keepAuthority(context, signal);
}

function trustedBefore(plan: ReturnType<typeof planAuthority>): string {
  return plan.action === 'rotate-authority' ? plan.trusted : '';
}

async function keepWebhookPair(context: Context, authority: Authority, signal: AbortSignal): Promise<number> {
  const { client, settings, view, clock, log } = context;
  const { productNamespace: namespace } = settings;
  const secret = await readSecret(context, names.webhookSecret, signal);
  const dnsNames = serviceNames(names.webhookService, namespace, view.discovered.clusterDomain);
  const serving = await currentServingPair({ authority, secret, names: dnsNames, now: clock.now() });
  const desired = renderServingSecret(
    { name: names.webhookSecret, namespace },
    serving.pair,
    authority.bundle,
  );
  observe(context, 'webhook', serving.pair.cert);
  if (secret === undefined || !isConverged(desired, secret)) {
    await client.apply(desired, { fieldManager: MANAGER, force: true, signal });
    log.info({ secret: names.webhookSecret, why: serving.why ?? 'it was changed' }, 'serving pair written');
  }
  return serving.nextAt;
}

function readSecret(
  { client, settings }: Context,
  name: string,
  signal: AbortSignal,
): Promise<Secret | undefined> {
  return client.find(resources.secrets, { namespace: settings.productNamespace, name }, { signal });
}

function observe({ metrics }: Context, name: string, cert: string): void {
  const certificate = readCertificate(cert);
  if (certificate !== undefined) metrics.certificate(name, factsOf(certificate).notAfter);
}
