import type { CachedNamespace } from '../../cluster/index.ts';
import { diffToPatch, type PodView, planInjection } from '../../injection/index.ts';
import type { ClusterView } from '../cluster/index.ts';
import { type AdmissionRequest, httpErrors, type Verdict } from '../http/index.ts';

const EPHEMERAL = 'ephemeralcontainers';

/** POST /mutate-pods. Never denies a pod: without the variables its requests fail at the NetworkPolicy. */
export function mutatePod(request: AdmissionRequest, cluster: ClusterView): Verdict | Promise<Verdict> {
  const pods = podsOf(request);
  const name = request.namespace ?? '';
  const known = cluster.namespace(name);
  if (known !== undefined) return inject(pods, known, cluster);
  return cluster
    .awaitNamespace(name)
    .then((namespace) =>
      namespace === undefined
        ? { kind: 'skipped', reason: 'NamespaceUnknown' }
        : inject(pods, namespace, cluster),
    );
}

interface Pods {
  pod: PodView;
  /** The pod before an update of its ephemeral containers. */
  oldPod: PodView | undefined;
}

function inject({ pod, oldPod }: Pods, namespace: CachedNamespace, cluster: ClusterView): Verdict {
  const served = cluster.served(namespace);
  if (served.kind === 'notServed') return { kind: 'skipped', reason: served.reason };
  const variables = () => cluster.variables(namespace, served.proxy, pod);
  const plan = planInjection({ pod, oldPod, served, variables });
  if (plan.kind === 'skip') return { kind: 'skipped', reason: plan.reason };
  return {
    kind: 'patched',
    patch: diffToPatch(pod, plan.pod),
    annotation: plan.annotation,
    ...(plan.warnings && { warnings: plan.warnings }),
  };
}

/** Throws unless a pod is created or gets ephemeral containers: the webhook configuration is wrong then. */
function podsOf({ kind, operation, subResource, object, oldObject }: AdmissionRequest): Pods {
  if (kind.group !== '' || kind.kind !== 'Pod') {
    throw new httpErrors.KIND_UNEXPECTED(`/mutate-pods takes pods, not ${kind.kind}`);
  }
  if (object === undefined) throw new httpErrors.REVIEW_MALFORMED('request.object is missing');
  if (operation === 'CREATE' && subResource === undefined) return { pod: object, oldPod: undefined };
  if (operation === 'UPDATE' && subResource === EPHEMERAL) return { pod: object, oldPod: oldObject ?? {} };
  const what = subResource === undefined ? 'pods' : `pods/${subResource}`;
  throw new httpErrors.KIND_UNEXPECTED(
    `/mutate-pods takes CREATE of pods and UPDATE of pods/${EPHEMERAL}, not ${operation} of ${what}`,
  );
}
