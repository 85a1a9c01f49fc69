import { annotation, MANAGER } from '../api/index.ts';
import type { KubeObject, Namespace } from '../kube/index.ts';

/** The fields of a Namespace that components cache: a cluster has 10,000 of them. */
export interface CachedNamespace {
  metadata: {
    name: string;
    resourceVersion: string;
    labels: Record<string, string>;
    /** Annotations of the product that apply to a namespace's pods. */
    annotations: Record<string, string>;
  };
  terminating: boolean;
}

const cachedAnnotations = [
  annotation.podSelector,
  annotation.noProxy,
  annotation.inClusterTraffic,
  annotation.apiServer,
  annotation.allowHostNetwork,
  annotation.allowPrivileged,
  annotation.allowInlineCsi,
];

export function trimNamespace({ metadata, status }: Namespace): CachedNamespace {
  const { name, resourceVersion = '', labels = {}, annotations = {}, deletionTimestamp } = metadata;
  return {
    metadata: { name, resourceVersion, labels, annotations: pick(annotations, cachedAnnotations) },
    terminating: deletionTimestamp !== undefined || status?.phase === 'Terminating',
  };
}

/** The rule set with its spec, without annotations, labels, managedFields and status: they are a tenant's to fill. */
export function trimRuleSet<T extends KubeObject & { status?: unknown }>({ status: _, ...object }: T): T {
  const { name, namespace, uid, generation, resourceVersion } = object.metadata;
  const metadata = {
    name,
    ...(namespace !== undefined && { namespace }),
    ...(uid !== undefined && { uid }),
    ...(generation !== undefined && { generation }),
    ...(resourceVersion !== undefined && { resourceVersion }),
  };
  return { ...object, metadata } as unknown as T;
}

/** Drops managedFields, which are as large as the rest of the object. */
export function trimManagedFields<T extends KubeObject>(object: T): T {
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

/** Keeps of managedFields only those of our field managers, named `kube-egress` and `kube-egress-...`. */
export function trimForeignFields<T extends KubeObject>(object: T): T {
  const ours = (object.metadata.managedFields ?? []).filter(
    ({ manager }) => manager === MANAGER || manager?.startsWith(`${MANAGER}-`),
  );
  return { ...object, metadata: { ...object.metadata, managedFields: ours } };
}

function pick(all: Record<string, string>, keys: readonly string[]): Record<string, string> {
  return Object.fromEntries(keys.flatMap((key) => (all[key] === undefined ? [] : [[key, all[key]]])));
}
