import type { EgressProxy } from '../../api/index.ts';
import { BY_NAMESPACE } from '../../cluster/index.ts';
import { type Change, type KubeObject, keyOf, type ReconcileResult, splitKey } from '../../kube/index.ts';
import { validateEgressProxy } from '../../rules/index.ts';
import type { NamespaceAccess } from '../cache/proxy-namespaces.ts';
import { isNamespacePolicy, proxyKinds } from '../cache/proxy-objects.ts';
import { completeAuthority, msUntilNext } from '../certificates/index.ts';
import { type Controller, type Watch, type Watchable, watch } from '../controller.ts';
import type { Deps } from '../deps.ts';
import {
  enqueueEach,
  enqueueObject,
  enqueueOwner,
  keyOfReference,
  namespaceChanged,
  rulesChanged,
} from '../enqueue.ts';
import type { NameTable } from '../names/name-table.ts';
import { names } from '../object-names.ts';
import { throwFailures } from '../objects/index.ts';
import type { LeaderState } from '../state/leader-state.ts';
import { readyReplicas } from '../state/ready-replicas.ts';
import { enqueueWaiters, type ReplicaState, replicaStates } from '../state/replica-agreement.ts';
import { gatherTrustBundle } from '../trust-bundle/gather-bundle.ts';
import { type AppliedProxy, applyProxy, deleteProxyObjects } from './apply-proxy.ts';
import { pinClusterIP } from './pin-cluster-ip.ts';
import { describeMissingRights, isDeniedByRbac } from './rights.ts';
import { transparentImage } from './transparent-image.ts';
import { writeNotProgrammed, writeProxyStatus } from './write-proxy-status.ts';

const NAME = 'proxies';
/** End of the name of an agent's ServiceAccount. */
const AGENT = '-agent';
/** Milliseconds between two reads of the operator's certificates, which have no label to watch them by. */
const READ_TRUST_EVERY = 10_000;
/** Milliseconds between two looks whether a namespace is listed, or why not. They send no request. */
const CHECK_RIGHTS = 1_000;
/** Milliseconds until a conflict is checked again: objects that are not ours are not watched. */
const RETRY_CONFLICT = 10_000;

/** Runs an EgressProxy: its objects, the certificate of its agents, its status. Key: the EgressProxy. */
export const proxyController: Controller<[Deps, LeaderState]> = {
  name: NAME,
  concurrency: 4,
  create(deps, state) {
    const { reflectors, facts } = deps;
    const enqueueProxies = () => enqueueEach(reflectors.proxies.store);
    return {
      watches: [
        watch(reflectors.proxies, enqueueObject),
        watch(reflectors.namespaces, (change) => (namespaceChanged(change) ? enqueueProxies() : [])),
        watch(reflectors.pods, enqueueOwner),
        watch(reflectors.services, ({ object }) =>
          object.ours ? enqueueOwner({ object: object.ours }) : [],
        ),
        watch(reflectors.authority, enqueueProxies),
        watch(reflectors.agentBinding, (change) => [...enqueueProxies(), ...enqueueBound(change)]),
        watch(deps.proxyNamespaces, (namespace) =>
          reflectors.proxies.store.byIndex(BY_NAMESPACE, namespace).map(keyOf),
        ),
        // The clientCIDRs of cluster rule sets are in the policies of the proxies.
        watch(reflectors.clusterRuleSets, (change) => (rulesChanged(change) ? enqueueProxies() : [])),
        ...watchOwned(deps),
        watch(facts, enqueueProxies),
        watch(state.formerProxies, (proxies) => proxies.map(keyOfReference)),
        watch(state.generations, enqueueWaiters(NAME)),
      ],
      reconcile: (key, signal) => reconcileProxy(key, state, deps, signal),
    };
  },
};

type Binding = KubeObject & { subjects?: { namespace?: string; name: string }[] };

/** Enqueues the EgressProxies whose agents have rights, since one may have been deleted while no controller led. */
function enqueueBound({ object }: Change<Binding>): string[] {
  const bound = (object.subjects ?? []).filter(({ name }) => name.endsWith(AGENT));
  return bound.map(({ namespace, name }) => `${namespace}/${name.slice(0, -AGENT.length)}`);
}

function watchOwned(deps: Pick<Deps, 'reflectors' | 'proxyNamespaces'>): Watch[] {
  return proxyKinds(deps).map((owned) =>
    watch(owned as Watchable<{ object: KubeObject }>, ({ object }) =>
      isNamespacePolicy(object) ? [] : enqueueOwner({ object }),
    ),
  );
}

/**
 * 1 gather the authority and the faults, 2 apply the objects, 3 read the trust bundle and the agents' generations,
 * 4 write the status, 5 pin the Service's address.
 */
async function reconcileProxy(
  key: string,
  state: LeaderState,
  deps: Deps,
  signal: AbortSignal,
): Promise<ReconcileResult> {
  const proxy = deps.reflectors.proxies.store.get(key);
  if (proxy === undefined) {
    const { namespace = '', name } = splitKey(key);
    await deleteProxyObjects(`${namespace}.${name}`, deps, signal);
    return undefined;
  }
  if (isTerminating(proxy, deps)) return undefined;
  const access = deps.proxyNamespaces.accessTo(proxy.metadata.namespace ?? '');
  if (access.kind !== 'listed') return awaitRights(proxy, access, deps, signal);
  const authority = completeAuthority(deps.reflectors.authority.store.get(authorityKey(deps)));
  // Enqueued again when the Secret exists.
  if (authority === undefined) return undefined;
  const { faults } = validateEgressProxy(proxy);

  const applying = applyProxy(proxy, { accepted: faults.length === 0, authority }, state, deps, signal);
  const applied = await applying.catch(async (error) => {
    // A role was taken away after the namespace was listed.
    if (isDeniedByRbac(error)) await reportMissingRights(proxy, (error as Error).message, deps, signal);
    throw error;
  });
  const trust = await gatherTrustBundle(proxy, state.trustBundles, deps, signal);
  const transparent = transparentImage(proxy, deps);
  const replicas = gatherReplicaStates(proxy, state, deps);
  const findings = { faults, applied, trust, replicas, transparentImage: transparent.image };
  await writeProxyStatus(proxy, findings, deps, signal);
  throwFailures(applied.failures);
  const isPinned = await pinClusterIP(proxy, applied.objects, deps, signal);
  if (!isPinned) return { requeueAfterMs: RETRY_CONFLICT };
  const { checkAgainMs = Number.POSITIVE_INFINITY } = transparent;
  return {
    requeueAfterMs: Math.min(msUntilNextCheck(proxy, applied, state.upstreamNames, deps), checkAgainMs),
  };
}

/**
 * Reports missing rights. The EgressProxy is enqueued when its namespace is listed; meanwhile it delays no others, and
 * nothing is written for it.
 */
async function awaitRights(
  proxy: EgressProxy,
  access: Exclude<NamespaceAccess, { kind: 'listed' }>,
  deps: Deps,
  signal: AbortSignal,
): Promise<ReconcileResult> {
  if (access.kind === 'forbidden')
    await reportMissingRights(proxy, `cannot list ${access.kinds.join(', ')}`, deps, signal);
  return { requeueAfterMs: CHECK_RIGHTS };
}

function reportMissingRights(
  proxy: EgressProxy,
  what: string,
  deps: Deps,
  signal: AbortSignal,
): Promise<void> {
  const { productNamespace } = deps.settings;
  const { namespace = '' } = proxy.metadata;
  return writeNotProgrammed(
    proxy,
    describeMissingRights({ namespace, productNamespace }, what),
    deps,
    signal,
  );
}

function authorityKey({ settings }: Pick<Deps, 'settings'>): string {
  return `${settings.productNamespace}/${names.authoritySecret}`;
}

/** In a terminating namespace nothing can be created. */
function isTerminating({ metadata }: EgressProxy, { reflectors }: Pick<Deps, 'reflectors'>): boolean {
  const namespace = reflectors.namespaces.store.get(metadata.namespace ?? '');
  return metadata.deletionTimestamp !== undefined || namespace?.terminating === true;
}

/** Replicas that do not decide by the present generation yet are asked until they do. */
function gatherReplicaStates(
  proxy: EgressProxy,
  { generations }: Pick<LeaderState, 'generations'>,
  { reflectors }: Pick<Deps, 'reflectors'>,
): ReplicaState[] {
  const { uid = '', generation = 0 } = proxy.metadata;
  const replicas = readyReplicas(proxy, reflectors.pods.store);
  return replicaStates(generations, replicas, [{ uid, generation }], { controller: NAME, key: keyOf(proxy) });
}

function msUntilNextCheck(
  proxy: EgressProxy,
  { certificateNextAt, outcome }: AppliedProxy,
  upstreamNames: NameTable,
  { clock }: Pick<Deps, 'clock'>,
): number {
  if (outcome.conflicts.length > 0) return RETRY_CONFLICT;
  const lookUps = [...upstreamNames.get(keyOf(proxy)).values()].map(({ askAt }) =>
    Math.max(0, askAt - clock.monotonic()),
  );
  return Math.min(
    msUntilNext(certificateNextAt, clock),
    ...lookUps,
    refersToCertificates(proxy) ? READ_TRUST_EVERY : Number.POSITIVE_INFINITY,
  );
}

function refersToCertificates({ spec: { trustBundle, upstreams = [] } }: EgressProxy): boolean {
  const upstreamsDo = upstreams.some(
    ({ tls }) => tls?.caSecretRef !== undefined || tls?.caConfigMapRef !== undefined,
  );
  return trustBundle !== undefined || upstreamsDo;
}
