import type { Metadata } from '../../kube/index.ts';

const TEMPLATE_HASH = 'pod-template-hash';

/**
 * The workload that a pod belongs to, as `Kind/name`. A ReplicaSet that a Deployment made is called
 * `<deployment>-<pod-template-hash>`, and the pod carries that hash: no look-up is needed.
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
