import { type KubeClient, type KubeMetrics, type Namespace, Reflector, resources } from '../../kube/index.ts';
import type { Log } from '../../telemetry/index.ts';
import type { Clock } from '../../time/index.ts';
import { trimPod } from '../identity/client-pod.ts';
import type { KnownNamespace, Sources } from './knowledge.ts';

export interface FollowOptions {
  client: KubeClient;
  log: Log;
  clock: Clock;
  metrics: KubeMetrics['reflector'];
  signal: AbortSignal;
}

/** Follows everything that decisions rest on. Lists are consistent reads, never from a cache of unknown age. */
export function followCluster({ signal, ...common }: FollowOptions): Sources {
  const sources = {
    pods: new Reflector({ ...common, resource: resources.pods, transform: trimPod }),
    namespaces: new Reflector({ ...common, resource: resources.namespaces, transform: trimNamespace }),
    egressRuleSets: new Reflector({ ...common, resource: resources.egressRuleSets }),
    clusterEgressRuleSets: new Reflector({ ...common, resource: resources.clusterEgressRuleSets }),
    egressProxies: new Reflector({ ...common, resource: resources.egressProxies }),
  };
  for (const reflector of Object.values(sources)) void reflector.run(signal);
  return sources;
}

function trimNamespace({ metadata }: Namespace): KnownNamespace {
  const { name, labels = {}, annotations = {}, resourceVersion } = metadata;
  return {
    metadata: { name, labels, annotations, ...(resourceVersion !== undefined && { resourceVersion }) },
  };
}
