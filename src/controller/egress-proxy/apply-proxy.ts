import type { DesiredObject, EgressProxy, OwnerReference } from '../../api/index.ts';
import { proxyReference } from '../../injection/index.ts';
import { type KubeObject, keyOf } from '../../kube/index.ts';
import { ownedLabels, proxyNames, renderProxyObjects } from '../../proxy/index.ts';
import { factsOf, readCertificate, serviceNames } from '../../tls/index.ts';
import { type Authority, currentServingPair, renderServingSecret } from '../certificates/index.ts';
import type { Context } from '../context.ts';
import {
  applyObjects,
  describeFailures,
  idOf,
  isForbidden,
  planObjects,
  throwFailures,
} from '../objects/index.ts';
import { gatherProxyFacts } from './gather-proxy-facts.ts';
import { handOverReplicas } from './hand-over-replicas.ts';
import { observeObjects, ownedByProxy } from './observe-objects.ts';
import type { ApplyOutcome } from './plan-proxy-status.ts';

export interface AppliedProxy {
  outcome: ApplyOutcome;
  /** Undefined where all went well: what the work queue is to try again. */
  failure: unknown;
  /** As the API server has them after this pass. */
  objects: KubeObject[];
  /** When the agents' certificate has to be looked at, milliseconds since the epoch. */
  certificateNextAt: number;
}

/**
 * Brings about what an EgressProxy asks for. Of one that is not accepted only the agents' certificate is kept, so
 * that what runs goes on.
 */
export async function applyProxy(
  proxy: EgressProxy,
  { accepted, authority }: { accepted: boolean; authority: Authority },
  context: Context,
  signal: AbortSignal,
): Promise<AppliedProxy> {
  const { followers, client } = context;
  const serving = await agentSecret(proxy, authority, context);
  const rendered = accepted ? renderProxyObjects(proxy, await gatherProxyFacts(proxy, context)) : [];
  // The Secret first: the Deployment's pods mount it.
  const wanted = [serving.secret, ...rendered] as (DesiredObject & KubeObject)[];
  const observed = await observeObjects(wanted, context, signal);
  const desired = (await Promise.all(
    wanted.map((object) => handOverReplicas(object, observed.get(idOf(object)), proxy, { client, signal })),
  )) as typeof wanted;
  const owned = accepted ? ownedByProxy(followers, proxyReference(proxy)) : [];
  const applied = await applyObjects(client, planObjects({ desired, observed, owned }), signal);
  const now = new Map([...observed, ...applied.applied.map((object) => [idOf(object), object] as const)]);
  return {
    outcome: {
      conflicts: applied.conflicts.map(idOf),
      failure: describe(applied.failures),
    },
    failure: failureOf(() => throwFailures(applied.failures)),
    objects: [...now.values()],
    certificateNextAt: serving.nextAt,
  };
}

/** Deletes what is left of an EgressProxy that is gone. Its namespace's objects go by themselves as well. */
export async function collectProxy(reference: string, context: Context, signal: AbortSignal): Promise<void> {
  const actions = planObjects({
    desired: [],
    observed: new Map(),
    owned: ownedByProxy(context.followers, reference),
  });
  const { failures } = await applyObjects(context.client, actions, signal);
  throwFailures(failures);
  context.metrics.forgetCertificate(reference);
}

async function agentSecret(
  proxy: EgressProxy,
  authority: Authority,
  context: Context,
): Promise<{ secret: DesiredObject; nextAt: number }> {
  const { followers, view, clock, metrics, log } = context;
  const { name, namespace = '' } = proxy.metadata;
  const metadata = {
    name: proxyNames(proxy).agentTlsSecret,
    namespace,
    labels: ownedLabels(proxy),
    ownerReferences: ownerReferences(proxy),
  };
  const serving = await currentServingPair({
    authority,
    secret: followers.secrets.store.get(keyOf({ metadata })),
    names: serviceNames(name, namespace, view.discovered.clusterDomain),
    now: clock.now(),
  });
  if (serving.why !== undefined)
    log.info({ proxy: keyOf(proxy), why: serving.why }, 'agent certificate issued');
  const certificate = readCertificate(serving.pair.cert);
  if (certificate) metrics.certificate(proxyReference(proxy), factsOf(certificate).notAfter);
  return { secret: renderServingSecret(metadata, serving.pair, authority.bundle), nextAt: serving.nextAt };
}

function ownerReferences({ apiVersion, kind, metadata: { name, uid = '' } }: EgressProxy): OwnerReference[] {
  return [{ apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true }];
}

function describe(failures: Parameters<typeof describeFailures>[0]): ApplyOutcome['failure'] {
  const message = describeFailures(failures);
  if (message === undefined) return undefined;
  const forbidden = failures.some(({ error }) => isForbidden(error));
  return { reason: forbidden ? 'PermissionDenied' : 'NotReady', message };
}

function failureOf(act: () => void): unknown {
  try {
    act();
    return undefined;
  } catch (error) {
    return error;
  }
}
