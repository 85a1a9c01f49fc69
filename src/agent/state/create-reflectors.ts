import { trimManagedFields, trimNamespace, trimRuleSet, trimTargetGroup } from '../../cluster/index.ts';
import { type KubeClient, type KubeMetrics, Reflector, resources } from '../../kube/index.ts';
import type { Log } from '../../telemetry/index.ts';
import type { Clock } from '../../time/index.ts';
import { trimPod } from './client-pod.ts';
import type { Sources } from './policy-state.ts';

export interface ReflectorsOptions {
  client: KubeClient;
  log: Log;
  clock: Clock;
  metrics: KubeMetrics['reflector'];
  signal: AbortSignal;
}

/** Starts a reflector for each kind that decisions depend on. Their lists are consistent reads, never from a cache. */
export function createReflectors({ signal, ...common }: ReflectorsOptions): Sources {
  const sources = {
    pods: new Reflector({ ...common, resource: resources.pods, transform: trimPod }),
    namespaces: new Reflector({ ...common, resource: resources.namespaces, transform: trimNamespace }),
    egressRuleSets: new Reflector({ ...common, resource: resources.egressRuleSets, transform: trimRuleSet }),
    clusterEgressRuleSets: new Reflector({
      ...common,
      resource: resources.clusterEgressRuleSets,
      transform: trimRuleSet,
    }),
    egressTargetGroups: new Reflector({
      ...common,
      resource: resources.egressTargetGroups,
      transform: trimTargetGroup,
    }),
    egressProxies: new Reflector({
      ...common,
      resource: resources.egressProxies,
      transform: trimManagedFields,
    }),
  };
  for (const reflector of Object.values(sources)) void reflector.run(signal);
  return sources;
}
