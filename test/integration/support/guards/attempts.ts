import type { Attempt } from './attempt.ts';

const PREFIX = 'egress.zalando.org';
const CREATE = 'create -f -';

const pod = (spec: object = {}, container: object = {}, metadata: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'tried', namespace: 'enforced', ...metadata },
  spec: { containers: [{ name: 'main', image: 'none', ...container }], ...spec },
});
const refusedPod = (name: string, object: object, refused: string): Attempt => ({
  name,
  who: 'tenant',
  kubectl: CREATE,
  object,
  refused,
});
const hostProbe = { httpGet: { host: '203.0.113.1', port: 80 } };

export const podAttempts: Attempt[] = [
  { name: 'a plain pod', who: 'tenant', kubectl: CREATE, object: pod() },
  refusedPod('hostNetwork', pod({ hostNetwork: true }), 'spec.hostNetwork'),
  refusedPod(
    'a liveness probe elsewhere',
    pod({}, { livenessProbe: hostProbe }),
    'a probe sets httpGet.host',
  ),
  refusedPod(
    'a readiness probe elsewhere over TCP',
    pod({}, { readinessProbe: { tcpSocket: { host: '203.0.113.1', port: 80 } } }),
    'a probe sets httpGet.host',
  ),
  refusedPod('a hook elsewhere', pod({}, { lifecycle: { preStop: hostProbe } }), 'a lifecycle hook'),
  refusedPod(
    'a second network',
    pod({}, {}, { annotations: { 'k8s.v1.cni.cncf.io/networks': 'macvlan' } }),
    'a second network',
  ),
  refusedPod(
    'another default network',
    pod({}, {}, { annotations: { 'v1.multus-cni.io/default-network': 'kube-system/open' } }),
    'a second network',
  ),
  {
    name: 'a second network for a pod that is there',
    who: 'tenant',
    kubectl: 'annotate pod running k8s.v1.cni.cncf.io/networks=macvlan -n enforced',
    refused: 'a second network',
  },
  {
    name: "a network plugin's report",
    who: 'tenant',
    kubectl: 'annotate pod running k8s.v1.cni.cncf.io/network-status=[] -n enforced',
  },
  refusedPod(
    'a flexVolume',
    pod({ volumes: [{ name: 'v', flexVolume: { driver: 'any/cifs', options: { server: '203.0.113.1' } } }] }),
    'an inline network volume',
  ),
  refusedPod(
    'an inline CSI volume',
    pod({ volumes: [{ name: 'v', csi: { driver: 'smb.csi.k8s.io' } }] }),
    'an inline CSI volume',
  ),
  {
    name: 'an inline CSI volume of a driver that the operator names',
    who: 'tenant',
    kubectl: CREATE,
    object: pod(
      { volumes: [{ name: 'v', csi: { driver: 'csi.cert-manager.io', readOnly: true } }] },
      {},
      { namespace: 'with-drivers' },
    ),
  },
  {
    name: 'a device, which may be a network',
    who: 'tenant',
    kubectl: CREATE,
    object: pod({ resourceClaims: [{ name: 'nic', resourceClaimName: 'nic' }] }),
  },
  refusedPod('a privileged container', pod({}, { securityContext: { privileged: true } }), 'privileged'),
  refusedPod(
    'a privileged init container',
    pod({ initContainers: [{ name: 'init', image: 'none', securityContext: { privileged: true } }] }),
    'privileged',
  ),
  refusedPod(
    'NET_ADMIN',
    pod({}, { securityContext: { capabilities: { add: ['NET_ADMIN'] } } }),
    'NET_ADMIN',
  ),
  refusedPod(
    'another spelling of SYS_ADMIN',
    pod({}, { securityContext: { capabilities: { add: ['cap_sys_admin'] } } }),
    'SYS_ADMIN',
  ),
  refusedPod('hostPID', pod({ hostPID: true }), 'hostPID'),
  refusedPod('hostIPC', pod({ hostIPC: true }), 'hostIPC'),
  refusedPod('hostPath', pod({ volumes: [{ name: 'v', hostPath: { path: '/run' } }] }), 'a hostPath volume'),
  refusedPod(
    'an inline NFS volume',
    pod({ volumes: [{ name: 'v', nfs: { server: '203.0.113.1', path: '/' } }] }),
    'an inline network volume',
  ),
  {
    name: 'a workload controller, for which bypass does not count',
    who: 'replicaSetController',
    kubectl: CREATE,
    object: pod({ hostNetwork: true }),
    refused: 'spec.hostNetwork',
  },
  {
    name: 'an operator, for whom bypass does not count either',
    who: 'operator',
    kubectl: CREATE,
    object: pod({ hostNetwork: true }),
    refused: 'spec.hostNetwork',
  },
  {
    name: 'a privileged ephemeral container',
    who: 'tenant',
    kubectl: 'replace --raw=/api/v1/namespaces/enforced/pods/running/ephemeralcontainers?dryRun=All -f -',
    object: {
      ...pod({
        ephemeralContainers: [{ name: 'debug', image: 'none', securityContext: { privileged: true } }],
      }),
      metadata: { name: 'running', namespace: 'enforced' },
    },
    refused: 'privileged',
  },
  {
    name: 'NET_ADMIN in an ephemeral container',
    who: 'tenant',
    kubectl: 'replace --raw=/api/v1/namespaces/enforced/pods/running/ephemeralcontainers?dryRun=All -f -',
    object: {
      ...pod({
        ephemeralContainers: [
          {
            name: 'debug',
            image: 'none',
            securityContext: { capabilities: { add: ['NET_ADMIN'] } },
          },
        ],
      }),
      metadata: { name: 'running', namespace: 'enforced' },
    },
    refused: 'NET_ADMIN',
  },
  {
    name: 'hostNetwork where the annotation allows it',
    who: 'tenant',
    kubectl: CREATE,
    object: pod({ hostNetwork: true }, {}, { namespace: 'host-allowed' }),
  },
  {
    name: 'hostPath where the annotation allows it',
    who: 'tenant',
    kubectl: CREATE,
    object: pod({ volumes: [{ name: 'v', hostPath: { path: '/run' } }] }, {}, { namespace: 'host-allowed' }),
  },
  {
    name: 'hostNetwork in a namespace that is not enforced',
    who: 'tenant',
    kubectl: CREATE,
    object: pod({ hostNetwork: true }, {}, { namespace: 'observed' }),
  },
  {
    name: 'hostNetwork of a pod that the selector leaves out',
    who: 'tenant',
    kubectl: CREATE,
    object: pod({ hostNetwork: true }, {}, { namespace: 'narrowed', labels: { app: 'other', tier: 'a' } }),
  },
  {
    name: 'hostNetwork of a pod that the selector takes in',
    who: 'tenant',
    kubectl: CREATE,
    object: pod({ hostNetwork: true }, {}, { namespace: 'narrowed', labels: { app: 'api', tier: 'a' } }),
    refused: 'spec.hostNetwork',
  },
  { name: 'a label on a pod that runs', who: 'tenant', kubectl: 'label pod running a=b -n enforced' },
];

const policy = (egress: object[] | undefined, namespace = 'enforced', labels = {}) => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name: 'tried', namespace, labels },
  spec: { podSelector: {}, policyTypes: egress ? ['Egress'] : ['Ingress'], ...(egress ? { egress } : {}) },
});
const internet = [{ to: [{ ipBlock: { cidr: '0.0.0.0/0' } }] }];

export const networkPolicyAttempts: Attempt[] = [
  {
    name: 'egress to anywhere',
    who: 'tenant',
    kubectl: CREATE,
    object: policy([{}]),
    refused: 'without "to"',
  },
  { name: 'egress to a range', who: 'tenant', kubectl: CREATE, object: policy(internet), refused: 'ipBlock' },
  {
    name: 'egress to any pod',
    who: 'tenant',
    kubectl: CREATE,
    object: policy([{ to: [{ namespaceSelector: {} }] }]),
  },
  {
    name: 'egress to any pod in strict mode',
    who: 'tenant',
    kubectl: CREATE,
    object: policy([{ to: [{ namespaceSelector: {} }] }], 'strict'),
    refused: 'strict mode',
  },
  { name: 'a policy for ingress', who: 'tenant', kubectl: CREATE, object: policy(undefined) },
  { name: 'an operator', who: 'operator', kubectl: CREATE, object: policy(internet) },
  { name: 'the controller', who: 'controller', kubectl: CREATE, object: policy(internet) },
  {
    name: 'a namespace that is not enforced',
    who: 'tenant',
    kubectl: CREATE,
    object: policy(internet, 'observed'),
  },
];

const slice = (address: string, addressType = 'IPv4') => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name: 'tried', namespace: 'enforced', labels: { 'kubernetes.io/service-name': 'any' } },
  addressType,
  endpoints: [{ addresses: [address] }],
  ports: [],
});
const endpoints = (ip: string) => ({
  apiVersion: 'v1',
  kind: 'Endpoints',
  metadata: { name: 'tried', namespace: 'enforced' },
  subsets: [{ addresses: [{ ip }], ports: [{ port: 80 }] }],
});
const plainService = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'tried', namespace: 'enforced' },
};
const externalName = (name: string) => ({
  ...plainService,
  spec: { type: 'ExternalName', externalName: name },
});

export const serviceAttempts: Attempt[] = [
  {
    name: 'a slice that leads out',
    who: 'tenant',
    kubectl: CREATE,
    object: slice('203.0.113.1'),
    refused: 'must be those of pods',
  },
  {
    name: 'a slice of names',
    who: 'tenant',
    kubectl: CREATE,
    object: slice('example.com', 'FQDN'),
    refused: 'leads out',
  },
  { name: "a slice of a pod's address", who: 'tenant', kubectl: CREATE, object: slice('10.244.1.7') },
  {
    name: 'Endpoints that lead out',
    who: 'tenant',
    kubectl: CREATE,
    object: endpoints('203.0.113.1'),
    refused: 'must be those of pods',
  },
  {
    name: 'the endpoint slice controller',
    who: 'endpointSliceController',
    kubectl: CREATE,
    object: slice('203.0.113.1'),
  },
  {
    name: 'a Service that claims a public address',
    who: 'tenant',
    kubectl: CREATE,
    object: { ...plainService, spec: { ports: [{ port: 80 }], externalIPs: ['203.0.113.1'] } },
    refused: 'externalIPs',
  },
  {
    name: 'a Service that claims none',
    who: 'tenant',
    kubectl: CREATE,
    object: { ...plainService, spec: { ports: [{ port: 80 }] } },
  },
  {
    name: 'ExternalName outside',
    who: 'tenant',
    kubectl: CREATE,
    object: externalName('example.com'),
    refused: 'leads out of the cluster',
  },
  {
    name: 'ExternalName that ends alike',
    who: 'tenant',
    kubectl: CREATE,
    object: externalName('a.b.svc.cluster.local.example.com'),
    refused: 'leads out of the cluster',
  },
  {
    name: 'ExternalName inside',
    who: 'tenant',
    kubectl: CREATE,
    object: externalName('a.b.svc.cluster.local'),
  },
  {
    name: 'ExternalName by an operator',
    who: 'operator',
    kubectl: CREATE,
    object: externalName('example.com'),
  },
];

export const namespaceAttempts: Attempt[] = [
  { name: 'the first opt-in', who: 'tenant', kubectl: `label ns plain ${PREFIX}/mode=enforce` },
  {
    name: 'observe becomes enforce',
    who: 'tenant',
    kubectl: `label ns observed ${PREFIX}/mode=enforce --overwrite`,
  },
  {
    name: 'the label is removed',
    who: 'tenant',
    kubectl: `label ns enforced ${PREFIX}/mode-`,
    refused: 'labels cannot be changed',
  },
  {
    name: 'enforce becomes observe',
    who: 'tenant',
    kubectl: `label ns enforced ${PREFIX}/mode=observe --overwrite`,
    refused: 'labels cannot be changed',
  },
  {
    name: 'another proxy is chosen',
    who: 'tenant',
    kubectl: `label ns enforced ${PREFIX}/proxy=a.b`,
    refused: 'labels cannot be changed',
  },
  {
    name: 'an annotation is added',
    who: 'tenant',
    kubectl: `annotate ns enforced ${PREFIX}/allow-host-network=true`,
    refused: 'annotations cannot be changed',
  },
  {
    name: 'an annotation is removed',
    who: 'tenant',
    kubectl: `annotate ns strict ${PREFIX}/in-cluster-traffic-`,
    refused: 'annotations cannot be changed',
  },
  { name: 'a label that is not ours', who: 'tenant', kubectl: 'label ns enforced team=a' },
  {
    name: 'mode none',
    who: 'tenant',
    kubectl: `label ns plain ${PREFIX}/mode=none`,
    refused: 'opts namespace plain out',
  },
  {
    name: 'an enforced namespace is deleted',
    who: 'tenant',
    kubectl: 'delete ns enforced',
    refused: 'cannot be deleted',
  },
  { name: 'another namespace is deleted', who: 'tenant', kubectl: 'delete ns plain' },
  { name: 'an operator removes the label', who: 'operator', kubectl: `label ns enforced ${PREFIX}/mode-` },
  { name: 'an operator deletes', who: 'operator', kubectl: 'delete ns enforced' },
];

const owned = (metadata: object) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: {
    name: 'squid-squid',
    namespace: 'egress-proxy',
    labels: { 'app.kubernetes.io/managed-by': 'kube-egress' },
    ...metadata,
  },
});

export const ownedAttempts: Attempt[] = [
  {
    name: 'our policy is deleted',
    who: 'tenant',
    kubectl: 'delete networkpolicy enforce-egress-proxy -n enforced',
    refused: 'is managed by the kube-egress controller',
  },
  {
    name: 'our label is taken off',
    who: 'tenant',
    kubectl: 'label networkpolicy enforce-egress-proxy -n enforced app.kubernetes.io/managed-by-',
    refused: 'is managed by the kube-egress controller',
  },
  {
    name: 'our Deployment is changed',
    who: 'tenant',
    kubectl: 'set image deployment/squid -n egress-proxy squid=other',
    refused: 'is managed by the kube-egress controller',
  },
  {
    name: 'our Deployment is scaled',
    who: 'tenant',
    kubectl: 'scale deployment/squid -n egress-proxy --replicas=0',
    refused: 'is managed by the kube-egress controller',
  },
  {
    name: 'an object is made in our name',
    who: 'tenant',
    kubectl: CREATE,
    object: owned({ name: 'other' }),
    refused: 'is managed by the kube-egress controller',
  },
  {
    name: 'all are deleted at once',
    who: 'tenant',
    kubectl: 'delete networkpolicy --all -n enforced',
    refused: 'is managed by the kube-egress controller',
  },
  {
    name: 'the controller',
    who: 'controller',
    kubectl: 'delete networkpolicy enforce-egress-proxy -n enforced',
  },
  {
    name: 'the namespace controller',
    who: 'namespaceController',
    kubectl: 'delete networkpolicy enforce-egress-proxy -n enforced',
  },
  {
    name: 'the garbage collector',
    who: 'garbageCollector',
    kubectl: 'delete deployment squid -n egress-proxy',
  },
  { name: 'an operator', who: 'operator', kubectl: 'delete networkpolicy enforce-egress-proxy -n enforced' },
  {
    name: 'anybody in a namespace that is on its way out',
    who: 'tenant',
    kubectl: 'delete configmap leaving -n leaving',
  },
  { name: 'an object of others', who: 'tenant', kubectl: 'delete configmap others -n egress-proxy' },
];

const component = { [`${PREFIX}/component`]: 'proxy', app: 'x' };
const template = { metadata: { labels: component }, spec: { containers: [{ name: 'main', image: 'none' }] } };
const workload = (apiVersion: string, kind: string, spec: object) => ({
  apiVersion,
  kind,
  metadata: { name: 'tried', namespace: 'egress-proxy' },
  spec,
});
const selector = { matchLabels: { app: 'x' } };
const job = { template: { ...template, spec: { ...template.spec, restartPolicy: 'Never' } } };
const COMPONENT_REFUSED = 'belongs to the pods of kube-egress itself';

export const componentAttempts: Attempt[] = [
  ...(
    [
      ['a Pod', pod({}, {}, { namespace: 'egress-proxy', labels: component })],
      ['a Deployment', workload('apps/v1', 'Deployment', { selector, template })],
      ['a ReplicaSet', workload('apps/v1', 'ReplicaSet', { selector, template })],
      ['a StatefulSet', workload('apps/v1', 'StatefulSet', { serviceName: 'x', selector, template })],
      ['a DaemonSet', workload('apps/v1', 'DaemonSet', { selector, template })],
      ['a Job', workload('batch/v1', 'Job', job)],
      ['a CronJob', workload('batch/v1', 'CronJob', { schedule: '* * * * *', jobTemplate: { spec: job } })],
      [
        'a ReplicationController',
        workload('v1', 'ReplicationController', { selector: { app: 'x' }, template }),
      ],
      ['a PodTemplate', { ...workload('v1', 'PodTemplate', {}), spec: undefined, template }],
    ] as const
  ).map(
    ([name, object]): Attempt => ({
      name,
      who: 'tenant',
      kubectl: CREATE,
      object,
      refused: COMPONENT_REFUSED,
    }),
  ),
  {
    name: 'a pod that gets the label later',
    who: 'tenant',
    kubectl: `label pod other -n egress-proxy ${PREFIX}/component=proxy`,
    refused: COMPONENT_REFUSED,
  },
  {
    name: "the controller's Deployment",
    who: 'controller',
    kubectl: CREATE,
    object: workload('apps/v1', 'Deployment', { selector, template }),
  },
  {
    name: 'the ReplicaSet of that Deployment',
    who: 'deploymentController',
    kubectl: CREATE,
    object: workload('apps/v1', 'ReplicaSet', { selector, template }),
  },
  {
    name: 'the pods of that ReplicaSet',
    who: 'replicaSetController',
    kubectl: CREATE,
    object: pod({}, {}, { namespace: 'egress-proxy', labels: component }),
  },
  {
    name: 'the installation',
    who: 'operator',
    kubectl: CREATE,
    object: workload('apps/v1', 'Deployment', { selector, template }),
  },
];

const fresh = (labels = {}, annotations = {}) => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: 'fresh', labels, annotations },
});
const FRESH_REFUSED = 'a new namespace may have no egress.zalando.org labels';

/** Where the default proxy enforces and `exempt` is left out: `plain` has no label of ours. */
export const byDefaultAttempts: Attempt[] = [
  {
    name: 'enforced by default becomes observe',
    who: 'tenant',
    kubectl: `label ns plain ${PREFIX}/mode=observe`,
    refused: 'labels cannot be changed',
  },
  {
    name: 'a proxy is chosen',
    who: 'tenant',
    kubectl: `label ns plain ${PREFIX}/proxy=a.b`,
    refused: 'labels cannot be changed',
  },
  {
    name: 'an annotation is added',
    who: 'tenant',
    kubectl: `annotate ns plain ${PREFIX}/allow-host-network=true`,
    refused: 'annotations cannot be changed',
  },
  {
    name: 'one with our annotation is deleted',
    who: 'tenant',
    kubectl: 'delete ns closed-by-default',
    refused: 'cannot be deleted',
  },
  { name: 'one without is deleted', who: 'tenant', kubectl: 'delete ns plain' },
  { name: 'the label enforce is added', who: 'tenant', kubectl: `label ns plain ${PREFIX}/mode=enforce` },
  { name: 'a label that is not ours', who: 'tenant', kubectl: 'label ns plain team=a' },
  {
    name: 'an exempt namespace is changed',
    who: 'tenant',
    kubectl: `label ns exempt ${PREFIX}/mode=observe`,
  },
  { name: 'a new namespace', who: 'tenant', kubectl: CREATE, object: fresh() },
  {
    name: 'a new namespace in observe mode',
    who: 'tenant',
    kubectl: CREATE,
    object: fresh({ [`${PREFIX}/mode`]: 'observe' }),
    refused: FRESH_REFUSED,
  },
  {
    name: 'a new namespace with an annotation of ours',
    who: 'tenant',
    kubectl: CREATE,
    object: fresh({}, { [`${PREFIX}/pod-selector`]: 'app=none' }),
    refused: FRESH_REFUSED,
  },
  { name: 'an operator', who: 'operator', kubectl: `label ns plain ${PREFIX}/mode=observe` },
];
