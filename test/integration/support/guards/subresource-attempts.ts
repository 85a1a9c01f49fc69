import type { Attempt } from './attempt.ts';

const PREFIX = 'egress.zalando.org';
const UNLABEL = { metadata: { labels: { 'app.kubernetes.io/managed-by': null } } };

/** A write through a subresource, which kubectl's own commands do not make. */
const write = (method: 'patch' | 'put' | 'post', path: string, body: object) => ({ method, path, body });
export interface RawAttempt {
  name: string;
  who: Attempt['who'];
  request: ReturnType<typeof write>;
  refused?: string;
}

const merge = (path: string, body: object) => write('patch', path, body);
const namespaceLabels = (labels: object) => ({ metadata: { labels } });
const policies = '/apis/policy/v1/namespaces/egress-proxy/poddisruptionbudgets/squid/status';
const autoscalers = '/apis/autoscaling/v2/namespaces/egress-proxy/horizontalpodautoscalers/squid/status';
const binding = (metadata: object) => ({
  apiVersion: 'v1',
  kind: 'Binding',
  metadata: { name: 'running', namespace: 'enforced', ...metadata },
  target: { apiVersion: 'v1', kind: 'Node', name: 'any' },
});
const networks = { annotations: { 'k8s.v1.cni.cncf.io/networks': 'macvlan' } };
const LABELS_REFUSED = 'labels cannot be changed';
const OWNED_REFUSED = 'is managed by the kube-egress controller';

const podStatus = (status: object) => merge('/api/v1/namespaces/enforced/pods/running/status', { status });
const claimed = podStatus({ podIP: '10.244.1.7', podIPs: [{ ip: '10.244.1.7' }] });
const balanced = (ip: string) =>
  merge('/api/v1/namespaces/enforced/services/balanced/status', {
    status: { loadBalancer: { ingress: [{ ip }] } },
  });
const ADDRESSES_REFUSED = 'may change them';

/** Addresses in a status, from a user with every right in one namespace or in all of them, and from a node. */
const addressAttempts: RawAttempt[] = [
  {
    name: 'the address of another pod through pods/status',
    who: 'namespaceTenant',
    request: claimed,
    refused: ADDRESSES_REFUSED,
  },
  {
    name: 'a condition through pods/status',
    who: 'namespaceTenant',
    request: podStatus({ conditions: [{ type: 'example.com/ready', status: 'True' }] }),
  },
  { name: 'the address of a pod', who: 'node', request: claimed },
  { name: 'the address of a pod with rights in every namespace', who: 'tenant', request: claimed },
  {
    name: 'a public address through services/status',
    who: 'namespaceTenant',
    request: balanced('203.0.113.1'),
    refused: ADDRESSES_REFUSED,
  },
  { name: 'the address of a load balancer', who: 'tenant', request: balanced('203.0.113.1') },
];

/** Writes of what the guards protect, through the subresources by which the API server takes them. */
export const subresourceAttempts: RawAttempt[] = [
  {
    name: 'the label is removed through namespaces/status',
    who: 'tenant',
    request: merge('/api/v1/namespaces/enforced/status', namespaceLabels({ [`${PREFIX}/mode`]: null })),
    refused: LABELS_REFUSED,
  },
  {
    name: 'an annotation is added through namespaces/status',
    who: 'tenant',
    request: merge('/api/v1/namespaces/enforced/status', {
      metadata: { annotations: { [`${PREFIX}/allow-host-network`]: 'true' } },
    }),
    refused: 'annotations cannot be changed',
  },
  {
    name: 'the label is removed through namespaces/finalize',
    who: 'tenant',
    request: write('put', '/api/v1/namespaces/enforced/finalize', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'enforced' },
      spec: { finalizers: ['kubernetes'] },
    }),
    refused: LABELS_REFUSED,
  },
  {
    name: 'a condition through namespaces/status',
    who: 'namespaceController',
    request: merge('/api/v1/namespaces/enforced/status', { status: { phase: 'Active' } }),
  },
  {
    name: 'a second network through pods/status',
    who: 'tenant',
    request: merge('/api/v1/namespaces/enforced/pods/running/status', { metadata: networks }),
    refused: 'a second network',
  },
  {
    name: 'the label of the proxy through pods/status',
    who: 'tenant',
    request: merge(
      '/api/v1/namespaces/egress-proxy/pods/other/status',
      namespaceLabels({ [`${PREFIX}/component`]: 'proxy' }),
    ),
    refused: 'belongs to the pods of kube-egress itself',
  },
  {
    name: 'the status of a pod',
    who: 'tenant',
    request: merge('/api/v1/namespaces/enforced/pods/running/status', { status: { phase: 'Running' } }),
  },
  ...addressAttempts,
  ...(['pods/running/binding', 'bindings'] as const).flatMap((resource): RawAttempt[] => [
    {
      name: `a second network through ${resource}`,
      who: 'tenant',
      request: write('post', `/api/v1/namespaces/enforced/${resource}`, binding(networks)),
      refused: 'a second network',
    },
    {
      name: `an annotation of ours through ${resource}`,
      who: 'tenant',
      request: write(
        'post',
        `/api/v1/namespaces/enforced/${resource}`,
        binding({ annotations: { [`${PREFIX}/injected`]: '{}' } }),
      ),
      refused: 'cannot be set by a binding',
    },
    {
      name: `a plain binding through ${resource}`,
      who: 'tenant',
      request: write('post', `/api/v1/namespaces/enforced/${resource}`, binding({})),
    },
  ]),
  {
    name: "our label is taken off the proxy's Service through services/status",
    who: 'tenant',
    request: merge('/api/v1/namespaces/egress-proxy/services/squid/status', UNLABEL),
    refused: OWNED_REFUSED,
  },
  {
    name: "an address of a load balancer for the proxy's Service",
    who: 'tenant',
    request: merge('/api/v1/namespaces/egress-proxy/services/squid/status', {
      status: { loadBalancer: {} },
    }),
  },
  {
    name: "the status of the proxy's Deployment",
    who: 'tenant',
    request: merge('/apis/apps/v1/namespaces/egress-proxy/deployments/squid/status', {
      metadata: { annotations: { any: 'text' } },
    }),
    refused: OWNED_REFUSED,
  },
  {
    name: "evictions that the proxy's budget does not allow",
    who: 'tenant',
    request: merge(policies, { status: { disruptionsAllowed: 9 } }),
    refused: OWNED_REFUSED,
  },
  {
    name: "our label is taken off the proxy's autoscaler",
    who: 'tenant',
    request: merge(autoscalers, UNLABEL),
    refused: OWNED_REFUSED,
  },
];
