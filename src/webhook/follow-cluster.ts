import { type KubeClient, type KubeMetrics, Reflector, resources, type Secret } from '../kube/index.ts';
import type { Log } from '../telemetry/index.ts';
import type { Clock } from '../time/index.ts';
import { keepNamespace, keepService, keepWhole, SERVICES_BY_NAMESPACE } from './cached-objects.ts';

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
    namespaces: new Reflector({ ...common, resource: resources.namespaces, transform: keepNamespace }),
    proxies: new Reflector({ ...common, resource: resources.egressProxies, transform: keepWhole }),
    clusterRuleSets: new Reflector({
      ...common,
      resource: resources.clusterEgressRuleSets,
      transform: keepWhole,
    }),
    services: new Reflector({
      ...common,
      resource: resources.services,
      transform: keepService,
      indexes: { [SERVICES_BY_NAMESPACE]: ({ metadata }) => [metadata.namespace] },
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
