import { type EgressActivity, type EgressProxy, type EgressRuleSet, label } from '../api/index.ts';
import { type KubeClient, type KubeMetrics, type KubeObject, Reflector, resources } from '../kube/index.ts';
import type { Log } from '../telemetry/index.ts';
import type { Clock } from '../time/index.ts';
import { type AgentPod, keepAgentPod } from './agents/index.ts';

export interface FollowOptions {
  client: KubeClient;
  log: Log;
  clock: Clock;
  metrics: KubeMetrics['reflector'];
  /** Only this namespace is followed, and no proxy: all that its own team may see. */
  onlyNamespace?: string | undefined;
}

export const BY_NAMESPACE = 'namespace';

/** Its caBundle is the authority that the agents' certificates come from; its key is the controller's alone. */
const POD_WEBHOOKS = 'kube-egress-pods';

const byNamespace = ({ metadata }: { metadata: { namespace?: string } }) => [metadata.namespace ?? ''];

/** The reflectors that the views are made of, not running yet. */
export function followCluster({ onlyNamespace, ...common }: FollowOptions) {
  const scope = onlyNamespace === undefined ? {} : { namespace: onlyNamespace };
  const team = {
    activities: new Reflector<EgressActivity>({
      ...common,
      ...scope,
      resource: resources.egressActivities,
      transform: dropManagedFields,
      indexes: { [BY_NAMESPACE]: byNamespace },
    }),
    ruleSets: new Reflector<EgressRuleSet>({
      ...common,
      ...scope,
      resource: resources.egressRuleSets,
      transform: dropManagedFields,
      indexes: { [BY_NAMESPACE]: byNamespace },
    }),
  };
  return { ...team, ...(onlyNamespace === undefined && followProxies(common)) };
}

function followProxies(common: Omit<FollowOptions, 'onlyNamespace'>) {
  return {
    proxies: new Reflector<EgressProxy>({
      ...common,
      resource: resources.egressProxies,
      transform: dropManagedFields,
    }),
    agentPods: new Reflector({
      ...common,
      resource: resources.pods,
      labelSelector: `${label.component}=proxy`,
      transform: keepAgentPod,
    }),
    podWebhooks: new Reflector({
      ...common,
      resource: resources.mutatingWebhookConfigurations,
      fieldSelector: `metadata.name=${POD_WEBHOOKS}`,
    }),
  };
}

export type Followers = ReturnType<typeof followCluster>;

/** The authorities that agents are verified by, PEM. */
export function bundleOf({ podWebhooks }: Followers): string | undefined {
  const base64 = podWebhooks?.store.get(POD_WEBHOOKS)?.webhooks?.[0]?.clientConfig.caBundle;
  return base64 ? Buffer.from(base64, 'base64').toString() : undefined;
}

export function agentPodsOf({ agentPods }: Followers): readonly AgentPod[] {
  return agentPods?.store.list() ?? [];
}

function dropManagedFields<T extends KubeObject>(object: T): T {
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}
