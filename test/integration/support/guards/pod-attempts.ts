import type { Attempt } from './attempt.ts';

const CREATE = 'create -f -';

export const pod = (spec: object = {}, container: object = {}, metadata: object = {}) => ({
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
const hostTcpProbe = { tcpSocket: { host: '203.0.113.1', port: 80 } };
const hostProbe = { httpGet: { host: '203.0.113.1', port: 80 } };

export const podAttempts: Attempt[] = [
  { name: 'a plain pod', who: 'tenant', kubectl: CREATE, object: pod() },
  {
    name: 'a pod in an enforced namespace that has no policy of ours yet',
    who: 'tenant',
    kubectl: CREATE,
    object: pod({}, {}, { namespace: 'strict' }),
  },
  refusedPod('hostNetwork', pod({ hostNetwork: true }), 'spec.hostNetwork'),
  refusedPod(
    'hostNetwork in a blocked namespace',
    pod({ hostNetwork: true }, {}, { namespace: 'blocked' }),
    'spec.hostNetwork',
  ),
  ...(['livenessProbe', 'readinessProbe', 'startupProbe'] as const).flatMap((probe) =>
    [hostProbe, hostTcpProbe].map((handler) =>
      refusedPod(
        `${probe} elsewhere by ${Object.keys(handler)}`,
        pod({}, { [probe]: handler }),
        `container main: ${probe}: a probe sets httpGet.host`,
      ),
    ),
  ),
  refusedPod(
    'a hook elsewhere after the start, over TCP',
    pod({}, { lifecycle: { postStart: hostTcpProbe } }),
    'a lifecycle hook',
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
  refusedPod(
    'a second network of GKE',
    pod(
      {},
      {},
      { annotations: { 'networking.gke.io/interfaces': '[{"interfaceName":"eth1","network":"open"}]' } },
    ),
    'a second network',
  ),
  refusedPod(
    'networks of CNI-Genie',
    pod({}, {}, { annotations: { cni: 'calico,weave' } }),
    'a second network',
  ),
  refusedPod(
    'a virtual function of a network card',
    pod({}, { resources: { limits: { 'intel.com/sriov_netdevice': '1' } } }),
    'container main: resources intel.com/sriov_netdevice is a network device',
  ),
  {
    name: 'a GPU, which is no network',
    who: 'tenant',
    kubectl: CREATE,
    object: pod(
      {},
      { resources: { limits: { 'nvidia.com/gpu': '1', cpu: '1', 'hugepages-2Mi': '2Mi', memory: '1Gi' } } },
    ),
  },
  refusedPod(
    'a privileged container',
    pod({}, { securityContext: { privileged: true } }),
    'container main: securityContext.privileged',
  ),
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
  refusedPod(
    'hostPath',
    pod({ volumes: [{ name: 'v', hostPath: { path: '/run' } }] }),
    'volume v: hostPath /run: a hostPath volume',
  ),
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
