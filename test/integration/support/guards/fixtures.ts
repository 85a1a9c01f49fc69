import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { exceptionLines } from './exception-attempts.ts';

/** Objects that exist before the guards: namespaces in every mode, our objects and other ones, roles and bindings. */
const ours = { 'app.kubernetes.io/managed-by': 'kube-egress' };
const ownerProxy = { 'egress.zalando.org/owner-proxy': 'egress-proxy.squid' };
const mode = (value: string) => ({ 'egress.zalando.org/mode': value });

const namespace = (name: string, labels = {}, annotations = {}) => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels, annotations },
});

/** Kinds of network plugins, as far as the guards look at them. */
export const cniKinds = [
  { group: 'cilium.io', version: 'v2', kind: 'CiliumNetworkPolicy', plural: 'ciliumnetworkpolicies' },
  { group: 'crd.projectcalico.org', version: 'v1', kind: 'NetworkPolicy', plural: 'networkpolicies' },
  {
    group: 'cilium.io',
    version: 'v2',
    kind: 'CiliumLocalRedirectPolicy',
    plural: 'ciliumlocalredirectpolicies',
  },
  { group: 'crd.antrea.io', version: 'v1beta1', kind: 'NetworkPolicy', plural: 'networkpolicies' },
] as const;

/** EgressActivity, as far as the guards look at it. */
const activityKind = {
  group: 'zalando.org',
  version: 'v1',
  kind: 'EgressActivity',
  plural: 'egressactivities',
} as const;

const definition = ({ group, version, kind, plural }: (typeof cniKinds)[number] | typeof activityKind) => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `${plural}.${group}` },
  spec: {
    group,
    scope: 'Namespaced',
    names: { kind, plural, singular: kind.toLowerCase() },
    versions: [
      {
        name: version,
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
});

const binding = (group: string, role: string) => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRoleBinding',
  metadata: { name: group },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
  subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: group }],
});

const pod = (name: string, inNamespace: string, spec: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: inNamespace },
  spec: { containers: [{ name: 'main', image: 'none' }], ...spec },
});

const configMap = (name: string, inNamespace: string, labels = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: inNamespace, labels },
});

/** Objects of ours that have subresources. */
const ownedOthers = [
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'squid', namespace: 'egress-proxy', labels: ours },
    spec: { ports: [{ port: 3128 }] },
  },
  {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: 'squid', namespace: 'egress-proxy', labels: ours },
    spec: { maxUnavailable: 1, selector: { matchLabels: ownerProxy } },
  },
  {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'squid', namespace: 'egress-proxy', labels: ours },
    spec: { maxReplicas: 2, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'squid' } },
  },
];

/** Whole, so that the API server checks the types of what the guards say about their fields. */
export const wholeKinds = ['egressrequests', 'egressrulesets'].map((plural): object =>
  parse(readFileSync(new URL(`../../../../manifests/base/crds/${plural}.yaml`, import.meta.url), 'utf8')),
);

export const fixtures: object[] = [
  ...[...cniKinds, activityKind].map(definition),
  namespace('kube-egress-system'),
  namespace('egress-proxy'),
  namespace('plain'),
  namespace('exempt'),
  namespace('closed-by-default', {}, { 'egress.zalando.org/in-cluster-traffic': 'deny' }),
  namespace('observed', mode('observe')),
  namespace('enforced', mode('enforce')),
  namespace('blocked', mode('blocked')),
  namespace('strict', mode('enforce'), { 'egress.zalando.org/in-cluster-traffic': 'deny' }),
  namespace('strict-by-proxy', { ...mode('enforce'), 'egress.zalando.org/proxy': 'egress-proxy.strict' }),
  namespace('narrowed', mode('enforce'), { 'egress.zalando.org/pod-selector': 'app=api, tier,env!=test' }),
  namespace('host-allowed', mode('enforce'), {
    'egress.zalando.org/allow-host-network': 'true',
    'egress.zalando.org/allow-privileged': 'true',
  }),
  namespace('excepted', mode('enforce'), { 'egress.zalando.org/exceptions': exceptionLines }),
  namespace('with-drivers', mode('enforce'), {
    'egress.zalando.org/allow-inline-csi': 'csi.spiffe.io, csi.cert-manager.io',
  }),
  namespace('leaving', mode('enforce')),
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: 'everything-but-bypass' },
    rules: [
      {
        apiGroups: [
          '',
          'apps',
          'batch',
          'policy',
          'networking.k8s.io',
          'discovery.k8s.io',
          'autoscaling',
          ...cniKinds.map(({ group }) => group),
        ],
        resources: ['*'],
        verbs: ['*'],
      },
      {
        apiGroups: ['zalando.org'],
        resources: ['egressactivities', 'egressactivities/status'],
        verbs: ['*'],
      },
      {
        apiGroups: ['zalando.org'],
        resources: ['egressrequests', 'egressrequests/status', 'egressrulesets'],
        verbs: ['get', 'create', 'update', 'patch', 'delete'],
      },
    ],
  },
  binding('tenants', 'everything-but-bypass'),
  binding('operators', 'cluster-admin'),
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: 'namespace-tenants', namespace: 'enforced' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'everything-but-bypass' },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'namespace-tenants' }],
  },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: 'everything-of-ours' },
    rules: [{ apiGroups: ['zalando.org'], resources: ['*'], verbs: ['*'] }],
  },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: 'approvers', namespace: 'enforced' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'everything-of-ours' },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'approvers' }],
  },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: 'approve' },
    rules: [
      {
        apiGroups: ['zalando.org'],
        resources: ['egressrequests'],
        verbs: ['get', 'list', 'watch', 'update', 'patch', 'delete', 'approve'],
      },
    ],
  },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: 'colleagues', namespace: 'enforced' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'approve' },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'colleagues' }],
  },
  pod('running', 'enforced'),
  ...['vpn', 'later'].map((account) => pod(account, 'excepted', { serviceAccountName: account })),
  pod('other', 'egress-proxy'),
  ...ownedOthers,
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'balanced', namespace: 'enforced' },
    spec: { type: 'LoadBalancer', ports: [{ port: 80 }] },
  },
  configMap('leaving', 'leaving', ours),
  configMap('others', 'egress-proxy'),
  {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'enforce-egress-proxy', namespace: 'enforced', labels: ours },
    spec: { podSelector: {}, policyTypes: ['Egress'] },
  },
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'squid', namespace: 'egress-proxy', labels: ours },
    spec: {
      selector: { matchLabels: ownerProxy },
      template: {
        metadata: { labels: ownerProxy },
        spec: { containers: [{ name: 'squid', image: 'none' }] },
      },
    },
  },
];
