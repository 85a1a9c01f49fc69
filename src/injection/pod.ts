import type { ObjectMeta } from '../api/index.ts';

/** The fields of a pod that the injection reads or writes, as on the wire. Other fields pass through unchanged. */
export interface Pod {
  metadata?: Partial<ObjectMeta> & { generateName?: string };
  spec?: PodSpec;
}

export interface PodSpec {
  containers?: Container[];
  initContainers?: Container[];
  ephemeralContainers?: Container[];
  hostAliases?: HostAlias[];
  dnsPolicy?: string;
  dnsConfig?: DnsConfig;
  hostNetwork?: boolean;
  nodeSelector?: Record<string, string>;
  subdomain?: string;
  os?: { name: string };
  volumes?: { name: string; [source: string]: unknown }[];
}

export interface Container {
  name: string;
  image?: string;
  imagePullPolicy?: string;
  command?: string[];
  args?: string[];
  restartPolicy?: string;
  securityContext?: object;
  resources?: object;
  env?: EnvVar[];
  volumeMounts?: { name: string; mountPath: string; readOnly?: boolean }[];
}

export interface EnvVar {
  name: string;
  value?: string;
  valueFrom?: EnvVarSource;
}

/** The source that is set. Its content is copied and never read. */
export interface EnvVarSource {
  resourceFieldRef?: object;
  [source: string]: object | undefined;
}

export interface DnsConfig {
  nameservers?: string[];
  searches?: string[];
  options?: { name?: string; value?: string }[];
}

export interface HostAlias {
  ip: string;
  hostnames?: string[];
}

/** The lists of a pod's spec that hold containers which start with the pod. */
export const startedContainers = ['containers', 'initContainers'] as const;
