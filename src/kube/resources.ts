import type * as k8s from '@kubernetes/client-node';
import {
  type ClusterEgressRuleSet,
  clusterEgressRuleSetKind,
  type EgressActivity,
  type EgressProxy,
  type EgressRequest,
  type EgressRuleSet,
  type EgressTargetGroup,
  egressActivityKind,
  egressProxyKind,
  egressRequestKind,
  egressRuleSetKind,
  egressTargetGroupKind,
  GROUP,
  type ResourceKind,
  VERSION,
} from '../api/index.ts';
import type { Kind, KubeObject } from './object.ts';
import { apiVersionOf, type Resource } from './resource.ts';

export type Pod = Kind<k8s.V1Pod>;
export type Namespace = Kind<k8s.V1Namespace>;
export type Node = Kind<k8s.V1Node>;
export type Service = Kind<k8s.V1Service>;
export type ServiceAccount = Kind<k8s.V1ServiceAccount>;
export type Endpoints = Kind<k8s.V1Endpoints>;
export type EndpointSlice = Kind<k8s.V1EndpointSlice>;
export type ConfigMap = Kind<k8s.V1ConfigMap>;
export type Secret = Kind<k8s.V1Secret>;
export type CoreEvent = Kind<k8s.CoreV1Event>;
export type Deployment = Kind<k8s.V1Deployment>;
export type ReplicaSet = Kind<k8s.V1ReplicaSet>;
export type NetworkPolicy = Kind<k8s.V1NetworkPolicy>;
export type ServiceCidr = Kind<k8s.V1ServiceCIDR>;
export type Lease = Kind<k8s.V1Lease>;
export type TokenReview = Kind<k8s.V1TokenReview>;
export type SubjectAccessReview = Kind<k8s.V1SubjectAccessReview>;
export type SelfSubjectAccessReview = Kind<k8s.V1SelfSubjectAccessReview>;
export type SelfSubjectReview = Kind<k8s.V1SelfSubjectReview>;
export type MutatingWebhookConfiguration = Kind<k8s.V1MutatingWebhookConfiguration>;
export type ValidatingWebhookConfiguration = Kind<k8s.V1ValidatingWebhookConfiguration>;
export type CustomResourceDefinition = Kind<k8s.V1CustomResourceDefinition>;

/** `path` has the form `[group/]version/plural`. */
function resource<T extends KubeObject>(
  path: string,
  kind: string,
  scope: 'Namespaced' | 'Cluster',
): Resource<T> {
  const [plural = '', version = '', group = ''] = path.split('/').reverse();
  return { group, version, kind, plural, namespaced: scope === 'Namespaced' };
}

const namespaced = <T extends KubeObject>(path: string, kind: string) =>
  resource<T>(path, kind, 'Namespaced');
const cluster = <T extends KubeObject>(path: string, kind: string) => resource<T>(path, kind, 'Cluster');
const own = <T extends KubeObject>({ kind, plural, scope }: ResourceKind) =>
  resource<T>(`${GROUP}/${VERSION}/${plural}`, kind, scope);

const ADMISSION = 'admissionregistration.k8s.io/v1';
const RBAC = 'rbac.authorization.k8s.io/v1';

/** Every resource that the product reads or writes. */
export const resources = {
  egressRuleSets: own<EgressRuleSet>(egressRuleSetKind),
  clusterEgressRuleSets: own<ClusterEgressRuleSet>(clusterEgressRuleSetKind),
  egressProxies: own<EgressProxy>(egressProxyKind),
  egressActivities: own<EgressActivity>(egressActivityKind),
  egressRequests: own<EgressRequest>(egressRequestKind),
  egressTargetGroups: own<EgressTargetGroup>(egressTargetGroupKind),

  pods: namespaced<Pod>('v1/pods', 'Pod'),
  services: namespaced<Service>('v1/services', 'Service'),
  serviceAccounts: namespaced<ServiceAccount>('v1/serviceaccounts', 'ServiceAccount'),
  endpoints: namespaced<Endpoints>('v1/endpoints', 'Endpoints'),
  configMaps: namespaced<ConfigMap>('v1/configmaps', 'ConfigMap'),
  secrets: namespaced<Secret>('v1/secrets', 'Secret'),
  persistentVolumeClaims: namespaced<Kind<k8s.V1PersistentVolumeClaim>>(
    'v1/persistentvolumeclaims',
    'PersistentVolumeClaim',
  ),
  events: namespaced<CoreEvent>('v1/events', 'Event'),
  namespaces: cluster<Namespace>('v1/namespaces', 'Namespace'),
  nodes: cluster<Node>('v1/nodes', 'Node'),

  deployments: namespaced<Deployment>('apps/v1/deployments', 'Deployment'),
  replicaSets: namespaced<ReplicaSet>('apps/v1/replicasets', 'ReplicaSet'),
  statefulSets: namespaced<Kind<k8s.V1StatefulSet>>('apps/v1/statefulsets', 'StatefulSet'),
  daemonSets: namespaced<Kind<k8s.V1DaemonSet>>('apps/v1/daemonsets', 'DaemonSet'),
  jobs: namespaced<Kind<k8s.V1Job>>('batch/v1/jobs', 'Job'),
  podDisruptionBudgets: namespaced<Kind<k8s.V1PodDisruptionBudget>>(
    'policy/v1/poddisruptionbudgets',
    'PodDisruptionBudget',
  ),
  horizontalPodAutoscalers: namespaced<Kind<k8s.V2HorizontalPodAutoscaler>>(
    'autoscaling/v2/horizontalpodautoscalers',
    'HorizontalPodAutoscaler',
  ),

  endpointSlices: namespaced<EndpointSlice>('discovery.k8s.io/v1/endpointslices', 'EndpointSlice'),
  networkPolicies: namespaced<NetworkPolicy>('networking.k8s.io/v1/networkpolicies', 'NetworkPolicy'),
  /** Available as v1 since Kubernetes 1.33. */
  serviceCidrs: cluster<ServiceCidr>('networking.k8s.io/v1/servicecidrs', 'ServiceCIDR'),

  leases: namespaced<Lease>('coordination.k8s.io/v1/leases', 'Lease'),
  tokenReviews: cluster<TokenReview>('authentication.k8s.io/v1/tokenreviews', 'TokenReview'),
  subjectAccessReviews: cluster<SubjectAccessReview>(
    'authorization.k8s.io/v1/subjectaccessreviews',
    'SubjectAccessReview',
  ),
  selfSubjectAccessReviews: cluster<SelfSubjectAccessReview>(
    'authorization.k8s.io/v1/selfsubjectaccessreviews',
    'SelfSubjectAccessReview',
  ),
  selfSubjectReviews: cluster<SelfSubjectReview>(
    'authentication.k8s.io/v1/selfsubjectreviews',
    'SelfSubjectReview',
  ),

  roles: namespaced<Kind<k8s.V1Role>>(`${RBAC}/roles`, 'Role'),
  roleBindings: namespaced<Kind<k8s.V1RoleBinding>>(`${RBAC}/rolebindings`, 'RoleBinding'),
  clusterRoles: cluster<Kind<k8s.V1ClusterRole>>(`${RBAC}/clusterroles`, 'ClusterRole'),
  clusterRoleBindings: cluster<Kind<k8s.V1ClusterRoleBinding>>(
    `${RBAC}/clusterrolebindings`,
    'ClusterRoleBinding',
  ),

  mutatingWebhookConfigurations: cluster<MutatingWebhookConfiguration>(
    `${ADMISSION}/mutatingwebhookconfigurations`,
    'MutatingWebhookConfiguration',
  ),
  validatingWebhookConfigurations: cluster<ValidatingWebhookConfiguration>(
    `${ADMISSION}/validatingwebhookconfigurations`,
    'ValidatingWebhookConfiguration',
  ),
  validatingAdmissionPolicies: cluster<Kind<k8s.V1ValidatingAdmissionPolicy>>(
    `${ADMISSION}/validatingadmissionpolicies`,
    'ValidatingAdmissionPolicy',
  ),
  validatingAdmissionPolicyBindings: cluster<Kind<k8s.V1ValidatingAdmissionPolicyBinding>>(
    `${ADMISSION}/validatingadmissionpolicybindings`,
    'ValidatingAdmissionPolicyBinding',
  ),
  customResourceDefinitions: cluster<CustomResourceDefinition>(
    'apiextensions.k8s.io/v1/customresourcedefinitions',
    'CustomResourceDefinition',
  ),
} as const;

const byKind = new Map<string, Resource>(
  Object.values(resources).map((known) => [`${apiVersionOf(known)} ${known.kind}`, known]),
);

/** Finds the resource of an object by its apiVersion and kind. Throws if the table above has none. */
export function resourceOf({ apiVersion, kind }: Pick<KubeObject, 'apiVersion' | 'kind'>): Resource {
  const known = byKind.get(`${apiVersion} ${kind}`);
  if (known === undefined)
    throw new TypeError(`no resource for ${apiVersion} ${kind}: add it to src/kube/resources.ts`);
  return known;
}
