import type { Service } from '../../kube/index.ts';

/** The fields of a Service that the webhook caches. */
export interface CachedService {
  metadata: { name: string; namespace: string; resourceVersion: string };
  /** Target of a proxy's host alias; undefined for a headless Service. */
  clusterIP: string | undefined;
}

export function trimService({ metadata, spec }: Service): CachedService {
  const { name, namespace = '', resourceVersion = '' } = metadata;
  const clusterIP = spec?.clusterIP;
  return {
    metadata: { name, namespace, resourceVersion },
    clusterIP: clusterIP === undefined || clusterIP === '' || clusterIP === 'None' ? undefined : clusterIP,
  };
}
