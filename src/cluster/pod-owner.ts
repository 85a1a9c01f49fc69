import type { Metadata } from '../kube/index.ts';

const TEMPLATE_HASH = 'pod-template-hash';

/**
 * The workload of a pod, as `Kind/name`. A Deployment names its ReplicaSet `<deployment>-<pod-template-hash>`, and the
 * pod has that hash as a label, so the Deployment's name follows without a look-up.
 */
export function ownerOf({ ownerReferences = [], labels = {} }: Metadata): string | undefined {
  const owner = ownerReferences.find(({ controller }) => controller) ?? ownerReferences[0];
  if (owner === undefined) return undefined;
  const suffix = `-${labels[TEMPLATE_HASH] ?? ''}`;
  if (owner.kind === 'ReplicaSet' && suffix !== '-' && owner.name.endsWith(suffix)) {
    return `Deployment/${owner.name.slice(0, -suffix.length)}`;
  }
  return `${owner.kind}/${owner.name}`;
}
