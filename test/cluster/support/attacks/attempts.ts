/** What a tenant with the role admin writes to get out; each must be refused when it is written. */
export interface Refused {
  name: string;
  object: object;
  /** A part of the refusal. */
  says: string;
}

const OUTSIDE = '203.0.113.10';

export function pod(namespace: string, name: string, spec: object = {}, container: object = {}, labels = {}) {
  const main = { name: 'main', image: 'localhost/egress-client:dev', command: ['sleep', 'infinity'] };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels: { app: name, ...labels } },
    spec: { terminationGracePeriodSeconds: 0, containers: [{ ...main, ...container }], ...spec },
  };
}

export function policy(namespace: string, spec: object) {
  const metadata = { name: 'widening', namespace };
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata,
    spec: { podSelector: {}, ...spec },
  };
}

export function slice(namespace: string, address: string) {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 'leak', namespace, labels: { 'kubernetes.io/service-name': 'leak' } },
    addressType: 'IPv4',
    endpoints: [{ addresses: [address], conditions: { ready: true } }],
    ports: [{ name: 'http', port: 80, protocol: 'TCP' }],
  };
}

export function service(namespace: string, spec: object) {
  return { apiVersion: 'v1', kind: 'Service', metadata: { name: 'leak', namespace }, spec };
}

const elsewhere = { httpGet: { host: OUTSIDE, port: 80, path: '/leak' } };
const volume = (source: object) => ({ volumes: [{ name: 'v', ...source }] });

function podAttempts(namespace: string): Refused[] {
  const rows: [string, object, object, string][] = [
    ['a pod on the host network', { hostNetwork: true }, {}, 'spec.hostNetwork'],
    [
      'a probe that the kubelet sends elsewhere',
      {},
      { livenessProbe: elsewhere },
      'a probe sets httpGet.host',
    ],
    [
      'a hook that the kubelet sends elsewhere',
      {},
      { lifecycle: { postStart: elsewhere } },
      'a lifecycle hook',
    ],
    ['a privileged container', {}, { securityContext: { privileged: true } }, 'privileged'],
    [
      'a container with NET_ADMIN',
      {},
      { securityContext: { capabilities: { add: ['NET_ADMIN'] } } },
      'NET_ADMIN',
    ],
    ["the host's processes", { hostPID: true }, {}, 'hostPID'],
    ["the host's IPC", { hostIPC: true }, {}, 'hostIPC'],
    ["the runtime's socket", volume({ hostPath: { path: '/run/containerd' } }), {}, 'a hostPath volume'],
    ['an inline NFS volume', volume({ nfs: { server: OUTSIDE, path: '/' } }), {}, 'an inline network volume'],
    [
      'an inline iSCSI volume',
      volume({ iscsi: { targetPortal: OUTSIDE, iqn: 'iqn.2001-04.com.example:x', lun: 0 } }),
      {},
      'an inline network volume',
    ],
  ];
  return rows.map(([name, spec, container, says]) => ({
    name,
    object: pod(namespace, 'refused', spec, container),
    says,
  }));
}

function policyAttempts(namespace: string): Refused[] {
  const block = (cidr: string) => ({ ipBlock: { cidr } });
  const shapes: [string, object, string][] = [
    ['an empty rule', { policyTypes: ['Egress'], egress: [{}] }, 'without "to"'],
    ['an empty peer list', { policyTypes: ['Egress'], egress: [{ to: [] }] }, 'without "to"'],
    ['ports only', { policyTypes: ['Egress'], egress: [{ ports: [{ port: 443 }] }] }, 'without "to"'],
    ['the whole internet', { policyTypes: ['Egress'], egress: [{ to: [block('0.0.0.0/0')] }] }, 'ipBlock'],
    ['one address', { policyTypes: ['Egress'], egress: [{ to: [block(`${OUTSIDE}/32`)] }] }, 'ipBlock'],
    [
      'an ipBlock among pods',
      { policyTypes: ['Egress'], egress: [{ to: [{ podSelector: {} }, block('0.0.0.0/1')] }] },
      'ipBlock',
    ],
    ['no policyTypes', { egress: [{ to: [block('0.0.0.0/0')] }] }, 'ipBlock'],
  ];
  return shapes.map(([name, spec, says]) => ({
    name: `a NetworkPolicy: ${name}`,
    object: policy(namespace, spec),
    says,
  }));
}

export function refusedObjects(namespace: string): Refused[] {
  return [
    ...podAttempts(namespace),
    ...policyAttempts(namespace),
    {
      name: 'an EndpointSlice that leads out',
      object: slice(namespace, OUTSIDE),
      says: 'must be those of pods',
    },
    {
      name: 'an ExternalName that leads out',
      object: service(namespace, { type: 'ExternalName', externalName: 'example.com' }),
      says: 'leads out of the cluster',
    },
    {
      name: 'a pod that says that it is the proxy',
      object: pod(namespace, 'refused', {}, {}, { 'egress.zalando.org/component': 'proxy' }),
      says: 'belongs to the pods of kube-egress itself',
    },
    {
      name: "a pod in the proxy's namespace",
      object: pod('egress-proxy', 'refused'),
      says: 'forbidden',
    },
    {
      name: 'an EgressProxy of its own',
      object: {
        apiVersion: 'zalando.org/v1',
        kind: 'EgressProxy',
        metadata: { name: 'own', namespace },
        spec: { privateDestinations: 'Allow' },
      },
      says: 'forbidden',
    },
    {
      name: 'a rule for the whole cluster',
      object: {
        apiVersion: 'zalando.org/v1',
        kind: 'ClusterEgressRuleSet',
        metadata: { name: 'everything' },
        spec: { action: 'Allow', targets: ['*:443'] },
      },
      says: 'forbidden',
    },
    {
      name: 'a role with bypass for itself',
      object: {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'Role',
        metadata: { name: 'bypass', namespace },
        rules: [{ apiGroups: ['zalando.org'], resources: ['egressproxies'], verbs: ['bypass'] }],
      },
      says: 'attempting to grant RBAC permissions not currently held',
    },
  ];
}
