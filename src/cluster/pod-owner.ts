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

/** The labels of a workload's pods, by its `Kind/name`: those of its last pod in the list. A workload without pods has none. */
export function labelsByOwner(
  pods: readonly { metadata: Metadata }[],
): (owner: string) => Readonly<Record<string, string>> {
  const byOwner = new Map(pods.map(({ metadata }) => [ownerOf(metadata), metadata.labels ?? {}]));
  return (owner) => byOwner.get(owner) ?? {};
}
