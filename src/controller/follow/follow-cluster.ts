import { label, MANAGER } from '../../api/index.ts';
import {
  type IndexFunction,
  type KubeClient,
  type KubeMetrics,
  type KubeObject,
  Reflector,
  type ReflectorOptions,
  type Resource,
  resources,
  type Secret,
} from '../../kube/index.ts';
import type { Log } from '../../telemetry/index.ts';
import { keepNamespace, keepNode, keepOurFields, keepService, keepTrustCopyHash } from './kept-objects.ts';
import { keepPod } from './kept-pod.ts';

export interface FollowOptions {
  client: KubeClient;
  log: Log;
  metrics: KubeMetrics['reflector'];
  /** `namespace/name` of the cluster's DNS Service. */
  dnsService: { namespace: string; name: string };
  /** Whether the API server has ServiceCIDRs (Kubernetes 1.33 and later). */
  servesServiceCidrs: boolean;
}

/** Indexes of the stores. */
export const BY_NAMESPACE = 'namespace';
/** `<namespace>.<name>` of the EgressProxy in the owner label. */
export const BY_OWNER = 'owner';

const byNamespace: IndexFunction<{ metadata: { namespace?: string } }> = ({ metadata }) => [
  metadata.namespace ?? '',
];
const byOwner: IndexFunction<{ metadata: { labels?: Record<string, string> } }> = ({ metadata }) => {
  const owner = metadata.labels?.[label.ownerProxy];
  return owner === undefined ? [] : [owner];
};

const OURS = { labelSelector: `${label.managedBy}=${MANAGER}` };
/** A copy of the trust bundle is large, and there is one a namespace: of these only a hash is kept. */
const OUR_COPIES = { labelSelector: `${label.managedBy}=${MANAGER},${label.trustBundle}` };
const OUR_CONFIG_MAPS = { labelSelector: `${label.managedBy}=${MANAGER},!${label.trustBundle}` };
const serviceSlices = (name: string) => ({ labelSelector: `kubernetes.io/service-name=${name}` });

/** The reflectors that fill the caches, not running yet. */
export function followCluster({ dnsService, servesServiceCidrs, ...common }: FollowOptions) {
  const follow = <T extends KubeObject>(
    resource: Resource<T>,
    options: Partial<ReflectorOptions<T>> = {},
  ): Reflector<T> => new Reflector<T>({ ...common, resource, transform: keepOurFields, ...options });
  const ours = <T extends KubeObject>(resource: Resource<T>) =>
    follow(resource, { ...OURS, indexes: { [BY_OWNER]: byOwner } });
  return {
    namespaces: new Reflector({ ...common, resource: resources.namespaces, transform: keepNamespace }),
    proxies: follow(resources.egressProxies),
    ruleSets: follow(resources.egressRuleSets, { indexes: { [BY_NAMESPACE]: byNamespace } }),
    clusterRuleSets: follow(resources.clusterEgressRuleSets),
    activities: follow(resources.egressActivities),
    pods: new Reflector({
      ...common,
      resource: resources.pods,
      // A pod that has ended neither asks nor answers.
      fieldSelector: 'status.phase!=Succeeded,status.phase!=Failed',
      transform: keepPod,
      indexes: { [BY_NAMESPACE]: byNamespace, [BY_OWNER]: byOwner },
    }),
    nodes: new Reflector({ ...common, resource: resources.nodes, transform: keepNode }),
    services: new Reflector({
      ...common,
      resource: resources.services,
      transform: keepService,
      indexes: { [BY_NAMESPACE]: byNamespace, [BY_OWNER]: ({ ours }) => (ours ? byOwner(ours) : []) },
    }),
    // All of them: what others open counts too.
    networkPolicies: follow(resources.networkPolicies, {
      indexes: { [BY_NAMESPACE]: byNamespace, [BY_OWNER]: byOwner },
    }),
    apiServerSlices: follow(resources.endpointSlices, {
      namespace: 'default',
      ...serviceSlices('kubernetes'),
    }),
    dnsSlices: follow(resources.endpointSlices, {
      namespace: dnsService.namespace,
      ...serviceSlices(dnsService.name),
    }),
    nodeLocalDns: follow(resources.configMaps, {
      namespace: dnsService.namespace,
      fieldSelector: 'metadata.name=node-local-dns',
    }),
    ...(servesServiceCidrs && { serviceCidrs: follow(resources.serviceCidrs) }),
    configMaps: follow(resources.configMaps, { ...OUR_CONFIG_MAPS, indexes: { [BY_OWNER]: byOwner } }),
    trustCopies: new Reflector({
      ...common,
      resource: resources.configMaps,
      ...OUR_COPIES,
      transform: keepTrustCopyHash,
    }),
    serviceAccounts: ours(resources.serviceAccounts),
    clusterRoleBindings: ours(resources.clusterRoleBindings),
    deployments: ours(resources.deployments),
    podDisruptionBudgets: ours(resources.podDisruptionBudgets),
    autoscalers: ours(resources.horizontalPodAutoscalers),
    secrets: ours<Secret>(resources.secrets),
    mutatingWebhooks: follow(resources.mutatingWebhookConfigurations),
    validatingWebhooks: follow(resources.validatingWebhookConfigurations),
    guardPolicies: follow(resources.validatingAdmissionPolicies),
    guardBindings: follow(resources.validatingAdmissionPolicyBindings),
  };
}

export type Followers = ReturnType<typeof followCluster>;

/** The reflectors of the kinds that a proxy is made of, which its owner label finds. */
export function proxyKinds(followers: Followers) {
  const { configMaps, serviceAccounts, clusterRoleBindings, deployments, podDisruptionBudgets } = followers;
  const { autoscalers, secrets, networkPolicies } = followers;
  return [
    configMaps,
    serviceAccounts,
    clusterRoleBindings,
    deployments,
    podDisruptionBudgets,
    autoscalers,
    secrets,
    networkPolicies,
  ] as const;
}
