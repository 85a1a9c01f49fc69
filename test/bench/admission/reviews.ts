/** AdmissionReviews as the API server sends them for pods of a Deployment and for rule sets. Pure. */

export const SHOP = 'shop';

export interface PodShape {
  name: string;
  containers: number;
  initContainers: number;
  /** Variables of each container. */
  env: number;
}

/** A single process; an application with a side car; one with several, each with many variables. */
export const podShapes: readonly PodShape[] = [
  { name: 'small', containers: 1, initContainers: 0, env: 3 },
  { name: 'usual', containers: 2, initContainers: 1, env: 12 },
  { name: 'large', containers: 5, initContainers: 2, env: 30 },
];

export function podReview(shape: PodShape): object {
  return review({ group: '', version: 'v1', kind: 'Pod', resource: 'pods' }, pod(shape));
}

export function ruleSetReview(targets: number): object {
  const kind = { group: 'zalando.org', version: 'v1', kind: 'EgressRuleSet', resource: 'egressrulesets' };
  return review(kind, {
    apiVersion: 'zalando.org/v1',
    kind: 'EgressRuleSet',
    metadata: { ...metadata('api'), name: 'api', generation: 1 },
    spec: {
      targets: Array.from({ length: targets }, (_, index) => `service-${index}.partner.example.com:443`),
      podSelector: { matchLabels: { app: 'api' } },
    },
  });
}

/** The body with which a pod of this shape is created. */
export function podToCreate(shape: PodShape): object {
  const { metadata, ...rest } = pod(shape);
  const { generateName, labels, ownerReferences } = metadata;
  return { ...rest, metadata: { generateName, labels, ownerReferences } };
}

interface Kind {
  group: string;
  version: string;
  kind: string;
  resource: string;
}

function review({ group, version, kind, resource }: Kind, object: object): object {
  const gvk = { group, version, kind };
  const gvr = { group, version, resource };
  return {
    kind: 'AdmissionReview',
    apiVersion: 'admission.k8s.io/v1',
    request: {
      uid: '8f2a7c1e-6b0d-4a39-9d0b-5f1f4f6f0c11',
      kind: gvk,
      resource: gvr,
      requestKind: gvk,
      requestResource: gvr,
      namespace: SHOP,
      operation: 'CREATE',
      userInfo: {
        username: 'system:serviceaccount:kube-system:replicaset-controller',
        uid: '0f6c0f1e-9f0b-4a52-8a53-6a4c9fd7a0d7',
        groups: ['system:serviceaccounts', 'system:serviceaccounts:kube-system', 'system:authenticated'],
        extra: { 'authentication.kubernetes.io/credential-id': ['JTI=b7fd07f9-93b8-4b86-9bd5-8b7a5a5a3c68'] },
      },
      object,
      oldObject: null,
      dryRun: false,
      options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1' },
    },
  };
}

function metadata(app: string) {
  return {
    namespace: SHOP,
    uid: '3b1c6a44-2f4f-4c0a-b7fd-9d1e0f7b7c55',
    creationTimestamp: '2026-11-21T10:00:00Z',
    labels: { app, 'app.kubernetes.io/name': app, 'app.kubernetes.io/part-of': SHOP },
    managedFields: [
      {
        manager: 'kube-controller-manager',
        operation: 'Update',
        apiVersion: 'v1',
        time: '2026-11-21T10:00:00Z',
        fieldsType: 'FieldsV1',
        fieldsV1: managedFields,
      },
    ],
  };
}

const managedFields = {
  'f:metadata': {
    'f:generateName': {},
    'f:labels': { '.': {}, 'f:app': {}, 'f:app.kubernetes.io/name': {}, 'f:pod-template-hash': {} },
    'f:ownerReferences': { '.': {}, 'k:{"uid":"f0a1b6c1-7c06-44f5-9f3e-6b7c2a2d9a11"}': {} },
  },
  'f:spec': {
    'f:dnsPolicy': {},
    'f:enableServiceLinks': {},
    'f:restartPolicy': {},
    'f:schedulerName': {},
    'f:securityContext': {},
    'f:terminationGracePeriodSeconds': {},
  },
};

/** A pod as the controller of a ReplicaSet creates it, after the defaults of the API server. */
function pod({ name, containers, initContainers, env }: PodShape) {
  const list = (prefix: string, count: number) =>
    Array.from({ length: count }, (_, index) => container(`${prefix}${index}`, env));
  return {
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: {
      ...metadata(name),
      generateName: `${name}-7d9c5b8f6c-`,
      ownerReferences: [
        {
          apiVersion: 'apps/v1',
          kind: 'ReplicaSet',
          name: `${name}-7d9c5b8f6c`,
          uid: 'f0a1b6c1-7c06-44f5-9f3e-6b7c2a2d9a11',
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    },
    spec: {
      volumes: [tokenVolume, { name: 'config', configMap: { name, defaultMode: 420 } }],
      ...(initContainers > 0 && { initContainers: list('init', initContainers) }),
      containers: list('app', containers),
      restartPolicy: 'Always',
      terminationGracePeriodSeconds: 30,
      dnsPolicy: 'ClusterFirst',
      serviceAccountName: 'default',
      serviceAccount: 'default',
      securityContext: { runAsNonRoot: true },
      schedulerName: 'default-scheduler',
      tolerations: ['not-ready', 'unreachable'].map((state) => ({
        key: `node.kubernetes.io/${state}`,
        operator: 'Exists',
        effect: 'NoExecute',
        tolerationSeconds: 300,
      })),
      priority: 0,
      enableServiceLinks: true,
      preemptionPolicy: 'PreemptLowerPriority',
    },
    status: {},
  };
}

const tokenVolume = {
  name: 'kube-api-access-4xk2p',
  projected: {
    sources: [
      { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
      { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
      {
        downwardAPI: {
          items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
        },
      },
    ],
    defaultMode: 420,
  },
};

function container(name: string, env: number): object {
  const probe = {
    httpGet: { path: '/healthz', port: 8080, scheme: 'HTTP' },
    timeoutSeconds: 1,
    periodSeconds: 10,
  };
  return {
    name,
    image: `registry.example.com/${SHOP}/${name}:2026.11.21-1a2b3c4`,
    ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
    env: Array.from({ length: env }, (_, index) => ({
      name: `SETTING_${index}`,
      value: `value-of-${name}-${index}`,
    })),
    resources: { limits: { cpu: '1', memory: '512Mi' }, requests: { cpu: '100m', memory: '256Mi' } },
    volumeMounts: [
      { name: 'config', readOnly: true, mountPath: '/etc/config' },
      { name: tokenVolume.name, readOnly: true, mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' },
    ],
    livenessProbe: probe,
    readinessProbe: probe,
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    imagePullPolicy: 'IfNotPresent',
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
  };
}
