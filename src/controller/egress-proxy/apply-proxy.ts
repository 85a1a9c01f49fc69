import type { DesiredObject, EgressProxy, OwnerReference } from '../../api/index.ts';
import { proxyReference } from '../../injection/index.ts';
import { type KubeObject, keyOf, type ReadonlyStore, resourceOf } from '../../kube/index.ts';
import { ownedLabels, proxyNames, renderAgentBinding, renderProxyObjects } from '../../proxy/index.ts';
import { readCertificate, readFacts, serviceNames } from '../../tls/index.ts';
import { ownedByProxy, proxyKinds } from '../cache/proxy-objects.ts';
import { type Authority, currentServingPair, renderServingSecret } from '../certificates/index.ts';
import type { Deps } from '../deps.ts';
import {
  type AppliedObjects,
  applyObjects,
  describeFailures,
  idOf,
  isForbidden,
  type ObjectId,
  planObjects,
  throwFailures,
} from '../objects/index.ts';
import { gatherProxyFacts, type ProxyState } from './gather-proxy-facts.ts';
import { handOverReplicas } from './hand-over-replicas.ts';
import type { ApplyOutcome } from './plan-proxy-status.ts';
import { describeMissingRights, isDeniedByRbac } from './rights.ts';

export interface AppliedProxy {
  outcome: ApplyOutcome;
  failures: AppliedObjects['failures'];
  /** The objects as the API server has them now. */
  objects: KubeObject[];
  /** When the certificate of the agents has to be checked again, milliseconds since the epoch. */
  certificateNextAt: number;
}

/**
 * Applies the objects of an EgressProxy. If the spec is not accepted, only the certificate of the agents is applied, so
 * that the running configuration is kept.
 */
export async function applyProxy(
  proxy: EgressProxy,
  { accepted, authority }: { accepted: boolean; authority: Authority },
  state: ProxyState,
  deps: Deps,
  signal: AbortSignal,
): Promise<AppliedProxy> {
  const { client } = deps;
  const serving = await agentSecret(proxy, authority, deps);
  const rendered = accepted ? renderProxyObjects(proxy, await gatherProxyFacts(proxy, state, deps)) : [];
  // The Secret first, since the pods of the Deployment mount it.
  const wanted = [serving.secret, agentBinding(deps), ...rendered] as (DesiredObject & KubeObject)[];
  const observed = await observeObjects(wanted, deps, signal);
  const desired = (await Promise.all(
    wanted.map((object) => handOverReplicas(object, observed.get(idOf(object)), proxy, { client, signal })),
  )) as typeof wanted;
  const owned = accepted ? ownedByProxy(deps, proxyReference(proxy)) : [];
  const applied = await applyObjects(client, planObjects({ desired, observed, owned }), signal);
  const now = new Map([...observed, ...applied.applied.map((object) => [idOf(object), object] as const)]);
  return {
    outcome: { conflicts: applied.conflicts.map(idOf), failure: outcomeOf(applied.failures, proxy, deps) },
    failures: applied.failures,
    objects: [...now.values()],
    certificateNextAt: serving.nextAt,
  };
}

/**
 * Deletes the remaining objects of a deleted EgressProxy, and takes the rights of its agents. Owner references delete
 * the objects of its namespace too.
 */
export async function deleteProxyObjects(reference: string, deps: Deps, signal: AbortSignal): Promise<void> {
  const desired = [agentBinding(deps) as DesiredObject & KubeObject];
  const actions = planObjects({
    desired,
    observed: await observeObjects(desired, deps, signal),
    owned: ownedByProxy(deps, reference),
  });
  const { failures } = await applyObjects(deps.client, actions, signal);
  throwFailures(failures);
  deps.metrics.forgetCertificate(reference);
}

/** The objects that exist under these names: from the caches, which hold ours, or else from the API server. */
async function observeObjects(
  desired: readonly Pick<KubeObject, 'apiVersion' | 'kind' | 'metadata'>[],
  deps: Pick<Deps, 'client' | 'reflectors' | 'proxyNamespaces'>,
  signal: AbortSignal,
): Promise<Map<ObjectId, KubeObject>> {
  const { client, reflectors } = deps;
  const stores = new Map<string, ReadonlyStore<KubeObject>>(
    [...proxyKinds(deps), reflectors.agentBinding].map(({ resource, store }) => [
      resource.kind,
      store as ReadonlyStore<KubeObject>,
    ]),
  );
  const found = desired.map(async (object): Promise<[ObjectId, KubeObject | undefined]> => {
    const cached =
      object.kind === 'Service'
        ? reflectors.services.store.get(keyOf(object))?.ours
        : stores.get(object.kind)?.get(keyOf(object));
    const { name, namespace } = object.metadata;
    return [idOf(object), cached ?? (await client.find(resourceOf(object), { name, namespace }, { signal }))];
  });
  const entries = await Promise.all(found);
  return new Map(entries.filter((entry): entry is [ObjectId, KubeObject] => entry[1] !== undefined));
}

async function agentSecret(
  proxy: EgressProxy,
  authority: Authority,
  { proxyNamespaces, facts, clock, metrics, log }: Deps,
): Promise<{ secret: DesiredObject; nextAt: number }> {
  const { name, namespace = '' } = proxy.metadata;
  const metadata = {
    name: proxyNames(proxy).agentTlsSecret,
    namespace,
    labels: ownedLabels(proxy),
    ownerReferences: ownerReferences(proxy),
  };
  const serving = await currentServingPair({
    authority,
    secret: proxyNamespaces.kinds.secrets.store.get(keyOf({ metadata })),
    names: serviceNames(name, namespace, facts.discovered.clusterDomain),
    now: clock.now(),
  });
  if (serving.why !== undefined)
    log.info({ proxy: keyOf(proxy), why: serving.why }, 'agent certificate issued');
  const certificate = readCertificate(serving.pair.cert);
  if (certificate) metrics.certificate(proxyReference(proxy), readFacts(certificate).notAfter);
  return { secret: renderServingSecret(metadata, serving.pair, authority.bundle), nextAt: serving.nextAt };
}

function ownerReferences({ apiVersion, kind, metadata: { name, uid = '' } }: EgressProxy): OwnerReference[] {
  return [{ apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true }];
}

const agentBinding = ({ reflectors }: Pick<Deps, 'reflectors'>): DesiredObject =>
  renderAgentBinding(reflectors.proxies.store.list());

function outcomeOf(
  failures: AppliedObjects['failures'],
  { metadata: { namespace = '' } }: EgressProxy,
  { settings: { productNamespace } }: Pick<Deps, 'settings'>,
): ApplyOutcome['failure'] {
  const message = describeFailures(failures);
  if (message === undefined) return undefined;
  const inNamespace = failures.filter(({ object }) => object.metadata.namespace === namespace);
  if (inNamespace.some(({ error }) => isDeniedByRbac(error)))
    return describeMissingRights({ namespace, productNamespace }, message);
  const forbidden = failures.some(({ error }) => isForbidden(error));
  return { reason: forbidden ? 'PermissionDenied' : 'NotReady', message };
}
