import { isPublicSuffix } from './public-suffix.ts';

/** What tells names inside the cluster from public ones. */
export interface ClusterNames {
  hasNamespace(name: string): boolean;
  /** Undefined while it is unknown. */
  clusterDomain: string | undefined;
}

export type InClusterName =
  /** `catalog`: a Service of the client's namespace, if it is anything. */
  | { kind: 'bare' }
  /** `web.other`, `web-0.web.other` with a namespace `other`. It may be a public name too. */
  | { kind: 'namespace'; namespace: string }
  /** `store-0.stores`, where no public name ends in `.stores`: a pod of a headless Service, or a name of a private network. */
  | { kind: 'service-pod'; service: string }
  /** `web.other.svc`, or a name below the cluster's domain. */
  | { kind: 'service' };

/** Labels of `web-0.web.other`, the longest name of this kind: pod, Service, namespace. */
const MOST_LABELS = 3;

/** How a name, without a trailing dot, is a name inside the cluster; undefined for a public one. */
export function inClusterName(
  name: string,
  { hasNamespace, clusterDomain }: ClusterNames,
): InClusterName | undefined {
  const labels = name.split('.');
  const last = labels.at(-1) ?? '';
  if (labels.length === 1) return name === 'localhost' ? undefined : { kind: 'bare' };
  const domains = ['svc', 'cluster.local', ...(clusterDomain === undefined ? [] : [clusterDomain])];
  if (domains.some((domain) => name.endsWith(`.${domain}`))) return { kind: 'service' };
  if (labels.length <= MOST_LABELS && hasNamespace(last)) return { kind: 'namespace', namespace: last };
  return labels.length === 2 && !isPublicSuffix(last) ? { kind: 'service-pod', service: last } : undefined;
}
