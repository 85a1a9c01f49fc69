import {
  BY_NAMESPACE,
  byNamespace,
  cacheTargetGroup,
  trimManagedFields,
  trimNamespace,
} from '../../cluster/index.ts';
import { type KubeClient, type KubeMetrics, Reflector, resources, type Secret } from '../../kube/index.ts';
import type { Log } from '../../telemetry/index.ts';
import type { Clock } from '../../time/index.ts';
import { trimRuleSet } from './cached-rule-set.ts';
import { trimService } from './cached-service.ts';
import { trimPod } from './pod-addresses.ts';

interface CommonOptions {
  client: KubeClient;
  log: Log;
  clock: Clock;
  metrics: KubeMetrics['reflector'];
}

export interface ReflectorsOptions extends CommonOptions {
  productNamespace: string;
  secretName: string;
}

/** The reflectors of the webhook, not running yet. */
export function createReflectors({ productNamespace, secretName, ...common }: ReflectorsOptions) {
  return {
    namespaces: new Reflector({ ...common, resource: resources.namespaces, transform: trimNamespace }),
    proxies: new Reflector({ ...common, resource: resources.egressProxies, transform: trimManagedFields }),
    clusterRuleSets: new Reflector({
      ...common,
      resource: resources.clusterEgressRuleSets,
      transform: trimManagedFields,
    }),
    targetGroups: new Reflector({
      ...common,
      resource: resources.egressTargetGroups,
      transform: cacheTargetGroup,
    }),
    ruleSets: new Reflector({
      ...common,
      resource: resources.egressRuleSets,
      transform: trimRuleSet,
      indexes: { [BY_NAMESPACE]: byNamespace },
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

export type Reflectors = ReturnType<typeof createReflectors>;

/** The reflector of the pods' addresses, not running yet. */
export function createPodReflector(options: CommonOptions) {
  return new Reflector({ ...options, resource: resources.pods, transform: trimPod });
}
