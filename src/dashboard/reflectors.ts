import { type AgentPod, readAgentBundle, trimAgentPod } from '../agent-client/index.ts';
import {
  type EgressActivity,
  type EgressProxy,
  type EgressRequest,
  type EgressRuleSet,
  label,
  POD_WEBHOOKS,
} from '../api/index.ts';
import { BY_NAMESPACE, byNamespace, trimManagedFields } from '../cluster/index.ts';
import { type KubeClient, type KubeMetrics, Reflector, resources } from '../kube/index.ts';
import type { Log } from '../telemetry/index.ts';
import type { Clock } from '../time/index.ts';

export interface ReflectorsOptions {
  client: KubeClient;
  log: Log;
  clock: Clock;
  metrics: KubeMetrics['reflector'];
  /** Limits the reflectors to what the namespace's team may read: the resources in this namespace, and no EgressProxy. */
  onlyNamespace?: string | undefined;
}

/** Creates the reflectors that the views read. The caller runs them. */
export function createReflectors({ onlyNamespace, ...common }: ReflectorsOptions) {
  const scope = onlyNamespace === undefined ? {} : { namespace: onlyNamespace };
  const ofTeams = {
    activities: new Reflector<EgressActivity>({
      ...common,
      ...scope,
      resource: resources.egressActivities,
      transform: trimManagedFields,
      indexes: { [BY_NAMESPACE]: byNamespace },
    }),
    ruleSets: new Reflector<EgressRuleSet>({
      ...common,
      ...scope,
      resource: resources.egressRuleSets,
      transform: trimManagedFields,
      indexes: { [BY_NAMESPACE]: byNamespace },
    }),
    requests: new Reflector<EgressRequest>({
      ...common,
      ...scope,
      resource: resources.egressRequests,
      transform: trimManagedFields,
      indexes: { [BY_NAMESPACE]: byNamespace },
    }),
  };
  return { ...ofTeams, ...(onlyNamespace === undefined && createProxyReflectors(common)) };
}

function createProxyReflectors(common: Omit<ReflectorsOptions, 'onlyNamespace'>) {
  return {
    proxies: new Reflector<EgressProxy>({
      ...common,
      resource: resources.egressProxies,
      transform: trimManagedFields,
    }),
    agentPods: new Reflector({
      ...common,
      resource: resources.pods,
      labelSelector: `${label.component}=proxy`,
      transform: trimAgentPod,
    }),
    podWebhooks: new Reflector({
      ...common,
      resource: resources.mutatingWebhookConfigurations,
      fieldSelector: `metadata.name=${POD_WEBHOOKS}`,
    }),
  };
}

export type Reflectors = ReturnType<typeof createReflectors>;

/** Returns the CA certificates that verify agents, PEM. */
export function agentBundleOf({ podWebhooks }: Reflectors): string | undefined {
  return readAgentBundle(podWebhooks?.store.get(POD_WEBHOOKS));
}

export function agentPodsOf({ agentPods }: Reflectors): readonly AgentPod[] {
  return agentPods?.store.list() ?? [];
}
