import type { EgressProxy } from '../api/index.ts';
import { addVariables, lastEntry, type Variable } from './container-env.ts';
import type { Container, PodSpec } from './pod.ts';

/** The ConfigMap that the controller writes to every namespace whose proxy has a trust bundle. */
export const TRUST_CONFIG_MAP = 'kube-egress-trust-bundle';
const VOLUME = TRUST_CONFIG_MAP;
const FOLDER = '/var/run/secrets/egress.zalando.org/trust-bundle';

/** Keys of the ConfigMap, and file names in a container. */
export const trustFile = {
  /** All certificates to trust: for variables that replace the system's store. */
  bundle: 'ca-bundle.crt',
  /** The operator's certificates: for programs that add them to their own store. */
  added: 'ca.crt',
} as const;

/** Variables that replace what a program trusts. SSL_CERT_DIR is never injected. */
const replacing = ['SSL_CERT_FILE', 'SSL_CERT_DIR', 'REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE'];

/** One spelling each. */
const variables: readonly Variable[] = [
  [{ name: 'SSL_CERT_FILE', value: `${FOLDER}/${trustFile.bundle}` }],
  [{ name: 'REQUESTS_CA_BUNDLE', value: `${FOLDER}/${trustFile.bundle}` }],
  [{ name: 'CURL_CA_BUNDLE', value: `${FOLDER}/${trustFile.bundle}` }],
  [{ name: 'NODE_EXTRA_CA_CERTS', value: `${FOLDER}/${trustFile.added}` }],
];

/**
 * The variables for the proxy's trust bundle. Undefined until the controller has read it: before, a pod would wait for
 * a ConfigMap that does not exist.
 */
export function trustVariables({ spec, status }: EgressProxy): readonly Variable[] | undefined {
  return spec.trustBundle !== undefined && status?.trustBundle !== undefined ? variables : undefined;
}

/** The pod with the volume of the bundle. Returns the same spec when nothing is missing. */
export function mountTrust(spec: PodSpec, trust: readonly Variable[] | undefined): PodSpec {
  if (trust === undefined || holdsTrust(spec)) return spec;
  // Not optional: a pod that is created before its namespace's copy waits for it, instead of running with variables
  // that name missing files.
  const volume = { name: VOLUME, configMap: { name: TRUST_CONFIG_MAP } };
  return { ...spec, volumes: [...(spec.volumes ?? []), volume] };
}

export function holdsTrust({ volumes = [] }: PodSpec): boolean {
  return volumes.some(({ name }) => name === VOLUME);
}

/** The container with the mount and the variables. Returns the same container when nothing is missing. */
export function trustInContainer(container: Container, trust: readonly Variable[] | undefined): Container {
  if (trust === undefined) return container;
  const env = addVariables(container.env, applicableTrust(container, trust));
  const { volumeMounts = [] } = container;
  const isMounted = volumeMounts.some(({ mountPath }) => mountPath === FOLDER);
  if (env === container.env && isMounted) return container;
  const mount = { name: VOLUME, mountPath: FOLDER, readOnly: true };
  return {
    ...container,
    ...(env && { env }),
    ...(!isMounted && { volumeMounts: [...volumeMounts, mount] }),
  };
}

/**
 * The variables without all replacing ones where the user sets one of them: curl prefers CURL_CA_BUNDLE to
 * SSL_CERT_FILE, and requests REQUESTS_CA_BUNDLE to CURL_CA_BUNDLE, so one of ours could override the user's.
 */
function applicableTrust({ env }: Container, trust: readonly Variable[]): readonly Variable[] {
  const set = lastEntry(env, replacing);
  if (set === undefined || isOurs(set.name, set.value)) return trust;
  return trust.filter((variable) => !variable.some(({ name }) => replacing.includes(name)));
}

function isOurs(name: string, value: string | undefined): boolean {
  return variables.some((variable) => variable.some((ours) => ours.name === name && ours.value === value));
}

/** Whether the container has the mount, so that an ephemeral container gets it too. */
export function mountsTrust({ volumeMounts = [] }: Container): boolean {
  return volumeMounts.some(({ name, mountPath }) => name === VOLUME && mountPath === FOLDER);
}
