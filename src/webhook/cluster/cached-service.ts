import type { Service } from '../../kube/index.ts';

/** The fields of a Service that the webhook caches. */
export interface CachedService {
  metadata: { name: string; namespace: string; resourceVersion: string };
  /** Target of a proxy's host alias; undefined for a headless Service. */
  clusterIP: string | undefined;
  isHeadless: boolean;
}

export function trimService({ metadata, spec }: Service): CachedService {
  const { name, namespace = '', resourceVersion = '' } = metadata;
  const clusterIP = spec?.clusterIP ?? '';
  const isHeadless = clusterIP === 'None';
  return {
    metadata: { name, namespace, resourceVersion },
    clusterIP: clusterIP === '' || isHeadless ? undefined : clusterIP,
    isHeadless,
  };
}
