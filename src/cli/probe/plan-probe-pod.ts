import { annotation, label } from '../../api/index.ts';
import type { Pod } from '../../kube/index.ts';
import { probeScript } from './probe-script.ts';

/** What a pod tries, and as which pod. */
export interface ProbeRequest {
  namespace: string;
  name: string;
  image: string;
  /** In the order in which they are tried; `connect:URL` is requested through a tunnel, whatever its scheme. */
  urls: readonly string[];
  /** URL of the proxy; undefined: the one of the injected variables. */
  proxy: string | undefined;
  userAgent: string;
  /** Seconds. */
  connectTimeout: number;
  /** Seconds for one URL. */
  timeout: number;
  /** Whether it also tries the first URL without the proxy. */
  tryDirectly: boolean;
  /** The pod whose labels, annotations and ServiceAccount it has. */
  asPod: Pod | undefined;
}

/** Annotations of a pod that change what is injected. */
const chosenAnnotations: readonly string[] = [annotation.noProxy, annotation.skipEnv, annotation.transparent];
/** Labels by which controllers know pods of their own. */
const controllerLabels = [
  'pod-template-hash',
  'controller-revision-hash',
  'statefulset.kubernetes.io/pod-name',
];
const NOBODY = 65534;
/** Seconds that a pod may live which is not deleted, such as after a kill -9 of the command. */
const LIFETIME = 600;

/**
 * The pod of a probe. With the labels of another pod it gets that pod's rules, but none of its traffic, since it never becomes
 * ready; and no controller counts it, since the other pod owns it. It satisfies the Pod Security level `restricted`.
 */
export function planProbePod(request: ProbeRequest): Pod {
  const { namespace, name, image, asPod } = request;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace, name, ...identityOf(asPod) },
    spec: {
      restartPolicy: 'Never',
      activeDeadlineSeconds: LIFETIME,
      terminationGracePeriodSeconds: 0,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      ...(asPod?.spec?.serviceAccountName !== undefined && {
        serviceAccountName: asPod.spec.serviceAccountName,
      }),
      ...(asPod?.spec?.imagePullSecrets && { imagePullSecrets: asPod.spec.imagePullSecrets }),
      readinessGates: [{ conditionType: `${label.probe}` }],
      securityContext: {
        runAsNonRoot: true,
        runAsUser: NOBODY,
        runAsGroup: NOBODY,
        seccompProfile: { type: 'RuntimeDefault' },
      },
      containers: [
        {
          name: 'probe',
          image,
          command: ['sh', '-c', probeScript],
          env: environmentOf(request),
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          },
          resources: {
            requests: { cpu: '10m', memory: '32Mi' },
            limits: { cpu: '500m', memory: '64Mi' },
          },
        },
      ],
    },
  };
}

function identityOf(asPod: Pod | undefined): Omit<Pod['metadata'], 'name' | 'namespace'> {
  if (asPod === undefined) return { labels: { [label.probe]: 'true' } };
  const { name, uid = '', labels = {}, annotations = {} } = asPod.metadata;
  const own = Object.entries(labels).filter(([key]) => !controllerLabels.includes(key));
  const ours = Object.entries(annotations).filter(([key]) => chosenAnnotations.includes(key));
  return {
    labels: { ...Object.fromEntries(own), [label.probe]: 'true' },
    annotations: Object.fromEntries(ours),
    ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name, uid, controller: true }],
  };
}

function environmentOf(request: ProbeRequest): { name: string; value: string }[] {
  const values = {
    PROBE_URLS: request.urls.join('\n'),
    PROBE_PROXY: request.proxy ?? '',
    PROBE_USER_AGENT: request.userAgent,
    PROBE_CONNECT_TIMEOUT: `${request.connectTimeout}`,
    PROBE_TIMEOUT: `${request.timeout}`,
    PROBE_DIRECT: request.tryDirectly ? 'true' : '',
  };
  // Kubernetes expands $(NAME) in a value.
  return Object.entries(values).map(([name, value]) => ({
    name,
    value: value.replaceAll('$(', () => '$$('),
  }));
}
