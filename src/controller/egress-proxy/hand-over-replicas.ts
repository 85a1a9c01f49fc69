import { type DesiredObject, type EgressProxy, MANAGER } from '../../api/index.ts';
import type { Deployment, KubeClient, KubeObject } from '../../kube/index.ts';

/** Owns `replicas` from the start of autoscaling until the autoscaler writes it for the first time. */
const HAND_OVER = 'kube-egress-replicas';

/**
 * The Deployment to apply. With autoscaling it has no replicas field, but a field that its only owner drops falls back
 * to the default 1. Therefore a new Deployment begins with the minimum, and for a Deployment that we scaled another
 * field manager takes over the number until the autoscaler does.
 */
export async function handOverReplicas(
  desired: DesiredObject,
  observed: KubeObject | undefined,
  { spec }: EgressProxy,
  { client, signal }: { client: KubeClient; signal: AbortSignal },
): Promise<DesiredObject> {
  const { autoscaling } = spec;
  if (autoscaling === undefined || desired.kind !== 'Deployment') return desired;
  const now = (observed as Deployment | undefined)?.spec?.replicas;
  if (observed === undefined || now === undefined) {
    const least = Math.min(autoscaling.minReplicas ?? 2, autoscaling.maxReplicas);
    return { ...desired, spec: { ...(desired['spec'] as object), replicas: least } };
  }
  if (ownsReplicas(observed)) {
    const { apiVersion, kind, metadata } = desired;
    const { name, namespace } = metadata;
    const kept = { apiVersion, kind, metadata: { name, namespace }, spec: { replicas: now } };
    await client.apply(kept as unknown as KubeObject, { fieldManager: HAND_OVER, force: true, signal });
  }
  return desired;
}

function ownsReplicas({ metadata }: KubeObject): boolean {
  const ours = metadata.managedFields?.find(
    ({ manager, operation, subresource }) => manager === MANAGER && operation === 'Apply' && !subresource,
  );
  const fields = ours?.fieldsV1 as { 'f:spec'?: object } | undefined;
  return fields?.['f:spec'] !== undefined && 'f:replicas' in fields['f:spec'];
}
