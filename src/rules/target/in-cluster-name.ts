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
  const dot = name.lastIndexOf('.');
  if (dot < 0) return name === 'localhost' ? undefined : { kind: 'bare' };
  if (isBelow(name, 'svc') || isBelow(name, 'cluster.local') || isBelow(name, clusterDomain))
    return { kind: 'service' };
  const last = name.slice(dot + 1);
  if (!hasMoreLabels(name, MOST_LABELS) && hasNamespace(last)) return { kind: 'namespace', namespace: last };
  return !hasMoreLabels(name, 2) && !isPublicSuffix(last)
    ? { kind: 'service-pod', service: last }
    : undefined;
}

// Both without new texts and lists: a rule set asks for each of its targets.
function hasMoreLabels(name: string, most: number): boolean {
  let dot = -1;
  for (let labels = 0; labels < most; labels += 1) {
    dot = name.indexOf('.', dot + 1);
    if (dot < 0) return false;
  }
  return true;
}

function isBelow(name: string, domain: string | undefined): boolean {
  if (domain === undefined || !name.endsWith(domain)) return false;
  return name[name.length - domain.length - 1] === '.';
}
