import { label, MANAGER, type ServiceName } from '../../api/index.ts';
import {
  BY_NAMESPACE,
  BY_OWNER,
  byNamespace,
  byOwner,
  cacheTargetGroup,
  trimNamespace,
} from '../../cluster/index.ts';
import { TRUST_CONFIG_MAP } from '../../injection/index.ts';
import {
  type KubeClient,
  type KubeMetrics,
  type KubeObject,
  Reflector,
  type ReflectorOptions,
  type Resource,
  resources,
  type Selection,
} from '../../kube/index.ts';
import { AGENT_BINDING } from '../../proxy/index.ts';
import type { Log } from '../../telemetry/index.ts';
import { names } from '../object-names.ts';
import { trimObject } from './trim-object.ts';
import { trimNode, trimPolicy, trimRuleSetWithStatus, trimService, trimTrustCopy } from './trim-objects.ts';
import { trimPod } from './trim-pod.ts';

export interface ReflectorsOptions {
  client: KubeClient;
  log: Log;
  metrics: KubeMetrics['reflector'];
  productNamespace: string;
  /** Whether the API server has ServiceCIDRs (Kubernetes 1.33 and later). */
  servesServiceCidrs: boolean;
}

/** Copies of the trust bundle: large, and one a namespace, so that only their hashes are cached. */
const OUR_COPIES = {
  labelSelector: `${label.managedBy}=${MANAGER},${label.trustBundle}`,
  ...named(TRUST_CONFIG_MAP),
};
/** The only selection that a right by name (resourceNames) permits to list. */
function named(name: string): { fieldSelector: string } {
  return { fieldSelector: `metadata.name=${name}` };
}

/** Selects the EndpointSlices of a Service. */
export function selectSlices({ namespace, name }: ServiceName): Selection {
  return { namespace, labelSelector: `kubernetes.io/service-name=${name}` };
}

/** The reflectors that fill the caches, but for those of `proxy-namespaces.ts`. They do not run yet. */
export function createReflectors({ productNamespace, servesServiceCidrs, ...common }: ReflectorsOptions) {
  const reflect = <T extends KubeObject>(
    resource: Resource<T>,
    options: Partial<ReflectorOptions<T>> = {},
  ): Reflector<T> => new Reflector<T>({ ...common, resource, transform: trimObject, ...options });
  const secret = (name: string) =>
    reflect(resources.secrets, { namespace: productNamespace, ...named(name) });
  return {
    namespaces: new Reflector({ ...common, resource: resources.namespaces, transform: trimNamespace }),
    proxies: reflect(resources.egressProxies, { indexes: { [BY_NAMESPACE]: byNamespace } }),
    ruleSets: new Reflector({
      ...common,
      resource: resources.egressRuleSets,
      transform: trimRuleSetWithStatus,
      indexes: { [BY_NAMESPACE]: byNamespace },
    }),
    clusterRuleSets: reflect(resources.clusterEgressRuleSets),
    targetGroups: new Reflector({
      ...common,
      resource: resources.egressTargetGroups,
      transform: cacheTargetGroup,
    }),
    activities: reflect(resources.egressActivities),
    requests: reflect(resources.egressRequests),
    pods: new Reflector({
      ...common,
      resource: resources.pods,
      // A pod that has ended neither sends nor answers requests.
      fieldSelector: 'status.phase!=Succeeded,status.phase!=Failed',
      transform: trimPod,
      indexes: { [BY_NAMESPACE]: byNamespace, [BY_OWNER]: byOwner },
    }),
    nodes: new Reflector({ ...common, resource: resources.nodes, transform: trimNode }),
    services: new Reflector({
      ...common,
      resource: resources.services,
      transform: trimService,
      indexes: { [BY_NAMESPACE]: byNamespace, [BY_OWNER]: ({ ours }) => (ours ? byOwner(ours) : []) },
    }),
    // All policies, since others may open egress too.
    networkPolicies: reflect(resources.networkPolicies, {
      transform: trimPolicy,
      indexes: { [BY_NAMESPACE]: byNamespace, [BY_OWNER]: byOwner },
    }),
    apiServerSlices: reflect(
      resources.endpointSlices,
      selectSlices({ namespace: 'default', name: 'kubernetes' }),
    ),
    // Of the usual DNS Service, until another one is found.
    dnsSlices: reflect(
      resources.endpointSlices,
      selectSlices({ namespace: 'kube-system', name: 'kube-dns' }),
    ),
    nodeLocalDns: reflect(resources.configMaps, {
      namespace: 'kube-system',
      ...named('node-local-dns'),
    }),
    defaultProxy: reflect(resources.configMaps, {
      namespace: productNamespace,
      ...named(names.defaultProxy),
    }),
    ...(servesServiceCidrs && { serviceCidrs: reflect(resources.serviceCidrs) }),
    trustCopies: new Reflector({
      ...common,
      resource: resources.configMaps,
      ...OUR_COPIES,
      transform: trimTrustCopy,
    }),
    agentBinding: reflect(resources.clusterRoleBindings, named(AGENT_BINDING)),
    authority: secret(names.authoritySecret),
    issuer: secret(names.issuerSecret),
    webhookPair: secret(names.webhookSecret),
    mutatingWebhooks: reflect(resources.mutatingWebhookConfigurations),
    validatingWebhooks: reflect(resources.validatingWebhookConfigurations),
    guardPolicies: reflect(resources.validatingAdmissionPolicies),
    guardBindings: reflect(resources.validatingAdmissionPolicyBindings),
  };
}

export type Reflectors = ReturnType<typeof createReflectors>;
