import { BY_NAMESPACE, byNamespace, trimManagedFields, trimNamespace } from '../cluster/index.ts';
import { type KubeClient, type KubeMetrics, Reflector, resources, type Secret } from '../kube/index.ts';
import type { Log } from '../telemetry/index.ts';
import type { Clock } from '../time/index.ts';
import { trimService } from './cached-objects.ts';

export interface FollowOptions {
  client: KubeClient;
  log: Log;
  clock: Clock;
  metrics: KubeMetrics['reflector'];
  productNamespace: string;
  secretName: string;
}

/** The reflectors that fill the cache, not running yet. */
export function followCluster({ productNamespace, secretName, ...common }: FollowOptions) {
  return {
    namespaces: new Reflector({ ...common, resource: resources.namespaces, transform: trimNamespace }),
    proxies: new Reflector({ ...common, resource: resources.egressProxies, transform: trimManagedFields }),
    clusterRuleSets: new Reflector({
      ...common,
      resource: resources.clusterEgressRuleSets,
      transform: trimManagedFields,
    }),
    services: new Reflector({
      ...common,
      resource: resources.services,
      transform: trimService,
      indexes: { [BY_NAMESPACE]: byNamespace },
    }),
    secrets: new Reflector<Secret>({
      ...common,
      resource: resources.secrets,
      namespace: productNamespace,
      fieldSelector: `metadata.name=${secretName}`,
    }),
  };
}

export type Followers = ReturnType<typeof followCluster>;
