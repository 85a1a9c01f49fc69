import { annotation, type ClusterEgressRuleSet, type EgressProxy } from '../api/index.ts';
import type { Namespace, Service } from '../kube/index.ts';

/** The parts of the cluster's objects that the cache keeps: a cluster has 10,000 namespaces and as many Services. */
export interface CachedNamespace {
  metadata: {
    name: string;
    resourceVersion: string;
    labels: Record<string, string>;
    annotations: Record<string, string>;
  };
  terminating: boolean;
}

export interface CachedService {
  metadata: { name: string; namespace: string; resourceVersion: string };
  /** Where an alias of a proxy leads; undefined for a headless Service. */
  clusterIP: string | undefined;
}

/** The index of the Services' store by their namespace. */
export const SERVICES_BY_NAMESPACE = 'namespace';

const keptAnnotations = [annotation.podSelector, annotation.noProxy];

export function keepNamespace({ metadata, status }: Namespace): CachedNamespace {
  const { name, resourceVersion = '', labels = {}, annotations = {}, deletionTimestamp } = metadata;
  return {
    metadata: {
      name,
      resourceVersion,
      labels,
      annotations: pick(annotations, keptAnnotations),
    },
    terminating: deletionTimestamp !== undefined || status?.phase === 'Terminating',
  };
}

export function keepService({ metadata, spec }: Service): CachedService {
  const { name, namespace = '', resourceVersion = '' } = metadata;
  const clusterIP = spec?.clusterIP;
  return {
    metadata: { name, namespace, resourceVersion },
    clusterIP: clusterIP === undefined || clusterIP === '' || clusterIP === 'None' ? undefined : clusterIP,
  };
}

/** Without managedFields, which are as large as the rest. */
export function keepWhole<T extends EgressProxy | ClusterEgressRuleSet>(object: T): T {
  const metadata: T['metadata'] & { managedFields?: unknown } = { ...object.metadata };
  delete metadata.managedFields;
  return { ...object, metadata };
}

function pick(all: Record<string, string>, keys: readonly string[]): Record<string, string> {
  return Object.fromEntries(keys.flatMap((key) => (all[key] === undefined ? [] : [[key, all[key]]])));
}
