import { API_VERSION, type EgressProxy, type EgressProxyStatus, MANAGER } from '../../api/index.ts';
import { computeClusterNoProxy, proxyAddress, proxyUrl } from '../../injection/index.ts';
import { type Deployment, keyOf, type Reconciled, type Service, splitKey } from '../../kube/index.ts';
import { validateEgressProxy } from '../../rules/index.ts';
import { untilNext, wholeAuthority } from '../certificates/index.ts';
import { mergeConditions } from '../conditions.ts';
import type { Context } from '../context.ts';
import { readyReplicas, replicaStates } from '../generations/index.ts';
import { names } from '../names.ts';
import { writeStatus } from '../objects/index.ts';
import { waiterOf } from '../queues.ts';
import { recordTransitions } from '../record-transitions.ts';
import { type GatheredBundle, gatherTrustBundle } from '../trust-bundle/index.ts';
import { type AppliedProxy, applyProxy, collectProxy } from './apply-proxy.ts';
import { planProxyStatus } from './plan-proxy-status.ts';
import { type TransparentImage, transparentImage } from './transparent-image.ts';

/** Milliseconds between two looks at certificates of the operator's own, which have no label to watch them by. */
const READ_TRUST_EVERY = 10_000;
/** Milliseconds: what somebody else made is not watched. */
const RETRY_CONFLICT = 10_000;

/** Keeps one EgressProxy: its objects, its agents' certificate, its status. */
export async function reconcileProxy(
  key: string,
  context: Context,
  signal: AbortSignal,
): Promise<Reconciled> {
  const proxy = context.followers.proxies.store.get(key);
  if (proxy === undefined) {
    const { namespace = '', name } = splitKey(key);
    await collectProxy(`${namespace}.${name}`, context, signal);
    return undefined;
  }
  if (isGoing(proxy, context)) return undefined;

  const authority = wholeAuthority(context.followers.secrets.store.get(authorityKey(context)));
  // The Secret's own event brings us back.
  if (authority === undefined) return undefined;

  const { faults } = validateEgressProxy(proxy);
  const accepted = faults.length === 0;
  const applied = await applyProxy(proxy, { accepted, authority }, context, signal);
  const trust = await gatherTrustBundle(proxy, context, signal);
  const transparent = transparentImage(proxy, context);
  const status = planStatus(proxy, faults, applied, { trust, transparent }, context);
  await writeProxyStatus(proxy, status, context, signal);
  if (applied.failure !== undefined) throw applied.failure;
  const kept = await keepClusterIP(proxy, applied, context, signal);
  return {
    requeueAfterMs: kept
      ? Math.min(nextLook(proxy, applied, context), transparent.lookAgainMs ?? Number.POSITIVE_INFINITY)
      : RETRY_CONFLICT,
  };
}

function authorityKey({ settings }: Context): string {
  return `${settings.productNamespace}/${names.authoritySecret}`;
}

/** Nothing can be made in a namespace that is on its way out. */
function isGoing({ metadata }: EgressProxy, { followers }: Context): boolean {
  const namespace = followers.namespaces.store.get(metadata.namespace ?? '');
  return metadata.deletionTimestamp !== undefined || namespace?.terminating === true;
}

function planStatus(
  proxy: EgressProxy,
  faults: Parameters<typeof planProxyStatus>[0]['faults'],
  applied: AppliedProxy,
  { trust, transparent }: { trust: GatheredBundle; transparent: TransparentImage },
  context: Context,
) {
  const { followers, view, board } = context;
  const key = keyOf(proxy);
  const { uid = '', generation = 0 } = proxy.metadata;
  const replicas = readyReplicas(proxy, followers.pods.store);
  const deployment = applied.objects.find((object): object is Deployment => object.kind === 'Deployment');
  return planProxyStatus({
    generation,
    faults,
    outcome: applied.outcome,
    deployment: deployment ?? followers.deployments.store.get(key),
    replicas: replicaStates(board, replicas, { uid, generation }, waiterOf('proxies', key)),
    url: proxyUrl(proxyAddress(proxy, followers.services.store.get(key)?.clusterIPs[0])),
    effectiveNoProxy: computeClusterNoProxy(view.discovered, proxy.spec.noProxy ?? []).value,
    namespaces: view.servedBy(proxy).length,
    discovered: view.discovered,
    trust,
    transparentImage: transparent.image,
    previous: proxy.status?.conditions,
  });
}

async function writeProxyStatus(
  proxy: EgressProxy,
  plan: ReturnType<typeof planProxyStatus>,
  { client, clock, events }: Context,
  signal: AbortSignal,
): Promise<void> {
  const { generation } = proxy.metadata;
  const before = proxy.status?.conditions;
  const conditions = mergeConditions(before, plan.conditions, { generation, now: clock.now() });
  const status: EgressProxyStatus = {
    conditions,
    ...(generation !== undefined && { observedGeneration: generation }),
    ...plan.status,
  };
  const written = await writeStatus(client, proxy, status, signal);
  if (written) recordTransitions(events, proxy, { before, after: conditions });
}

/**
 * The Service's address goes into the spec, as the API server does with a Service: a Service that is made again keeps
 * it, since pods hold it in their hostAliases. False when a webhook that is away has kept us from it.
 */
async function keepClusterIP(
  proxy: EgressProxy,
  { objects }: AppliedProxy,
  { client, log }: Context,
  signal: AbortSignal,
): Promise<boolean> {
  const service = objects.find((object): object is Service => object.kind === 'Service');
  const clusterIP = service?.spec?.clusterIP;
  if (!clusterIP || clusterIP === 'None' || proxy.spec.service?.clusterIP !== undefined) return true;
  const { name, namespace = '' } = proxy.metadata;
  const kept: EgressProxy = {
    apiVersion: API_VERSION,
    kind: 'EgressProxy',
    metadata: { name, namespace },
    spec: { service: { clusterIP } },
  };
  try {
    await client.apply(kept, { fieldManager: MANAGER, force: true, signal });
    return true;
  } catch (err) {
    signal.throwIfAborted();
    const why = err instanceof Error ? err.message : String(err);
    log.info({ why, proxy: keyOf(proxy) }, 'the address of the Service could not be kept yet');
    return false;
  }
}

function nextLook(
  proxy: EgressProxy,
  { certificateNextAt, outcome }: AppliedProxy,
  context: Context,
): number {
  if (outcome.conflicts.length > 0) return RETRY_CONFLICT;
  const certificate = untilNext(context, certificateNextAt);
  return Math.min(
    certificate,
    ...untilLookUps(keyOf(proxy), context),
    namesCertificates(proxy) ? READ_TRUST_EVERY : Number.POSITIVE_INFINITY,
  );
}

function namesCertificates({ spec: { trustBundle, upstreams = [] } }: EgressProxy): boolean {
  const named = upstreams.some(
    ({ tls }) => tls?.caSecretRef !== undefined || tls?.caConfigMapRef !== undefined,
  );
  return trustBundle !== undefined || named;
}

/** Milliseconds until the name of each upstream is to be looked up again. */
function untilLookUps(key: string, { upstreamNames, clock }: Context): number[] {
  const names = [...(upstreamNames.get(key)?.values() ?? [])];
  return names.map(({ askAt }) => Math.max(0, askAt - clock.monotonic()));
}
