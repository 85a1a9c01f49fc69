/**
 * The objects of a published application, described in this project's own words: kinds, names, volumes, security
 * contexts, environment, arguments and ports, as far as admission looks at them.
 */
export interface Application {
  name: string;
  /** Where its objects were read, and in which version. */
  source: string;
  workloads: readonly Workload[];
  /** Name of a Service and its port. */
  services: readonly (readonly [name: string, port: number])[];
  networkPolicies?: readonly NetworkPolicyDescription[];
}

export type WorkloadKind = 'Deployment' | 'StatefulSet' | 'DaemonSet' | 'Job' | 'CronJob' | 'Pod';

export interface Workload {
  kind: WorkloadKind;
  name: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  spec: PodSpecDescription;
  /** What an enforced namespace refuses in its pods: a part of the message, which names the field. */
  refused?: string;
}

export interface NetworkPolicyDescription {
  name: string;
  spec: object;
  /** What an enforced namespace refuses in it: a part of the message, which names the field. */
  refused?: string;
}

export interface ContainerDescription {
  name: string;
  image: string;
  args?: string[];
  command?: string[];
  env?: object[];
  envFrom?: object[];
  ports?: object[];
  securityContext?: object;
  volumeMounts?: object[];
  livenessProbe?: object;
  readinessProbe?: object;
  startupProbe?: object;
  lifecycle?: object;
  restartPolicy?: string;
  resources?: object;
}

export interface PodSpecDescription {
  containers: ContainerDescription[];
  initContainers?: ContainerDescription[];
  volumes?: object[];
  hostNetwork?: boolean;
  [field: string]: unknown;
}

/** Security context of a container that the restricted Pod Security level admits. */
export const restricted = {
  runAsNonRoot: true,
  readOnlyRootFilesystem: true,
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  seccompProfile: { type: 'RuntimeDefault' },
};

export const env = (values: Record<string, string>): object[] =>
  Object.entries(values).map(([name, value]) => ({ name, value }));

/** Variables whose values are fields of the pod. */
export const fieldEnv = (fields: Record<string, string>): object[] =>
  Object.entries(fields).map(([name, fieldPath]) => ({ name, valueFrom: { fieldRef: { fieldPath } } }));

export const secretEnv = (name: string, secret: string, key: string): object => ({
  name,
  valueFrom: { secretKeyRef: { name: secret, key } },
});

export const httpProbe = (path: string, port: number | string, scheme = 'HTTP') => ({
  httpGet: { path, port, scheme },
});

export const emptyDirs = (...names: string[]): object[] => names.map((name) => ({ name, emptyDir: {} }));

export const mount = (name: string, mountPath: string, more: object = {}) => ({ name, mountPath, ...more });
