import type { EgressProxy } from '../api/index.ts';
import { addVariables, lastEntry, type Variable } from './container-env.ts';
import type { Container, PodSpec } from './pod.ts';

/** The ConfigMap that the controller keeps in every namespace whose proxy has a trust bundle. */
export const TRUST_CONFIG_MAP = 'kube-egress-trust-bundle';
const VOLUME = TRUST_CONFIG_MAP;
const FOLDER = '/var/run/secrets/egress.zalando.org/trust-bundle';

/** Its keys, and the names of the files in a container. */
export const trustFile = {
  /** All that a program may trust: for variables that replace the system's store. */
  bundle: 'ca-bundle.crt',
  /** What the operator gave: for programs that add to a store of their own. */
  added: 'ca.crt',
} as const;

/** They replace what a program trusts. SSL_CERT_DIR is only a user's own. */
const replacing = ['SSL_CERT_FILE', 'SSL_CERT_DIR', 'REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE'];

/** Each takes effect by itself, hence one spelling a variable. */
const variables: readonly Variable[] = [
  [{ name: 'SSL_CERT_FILE', value: `${FOLDER}/${trustFile.bundle}` }],
  [{ name: 'REQUESTS_CA_BUNDLE', value: `${FOLDER}/${trustFile.bundle}` }],
  [{ name: 'CURL_CA_BUNDLE', value: `${FOLDER}/${trustFile.bundle}` }],
  [{ name: 'NODE_EXTRA_CA_CERTS', value: `${FOLDER}/${trustFile.added}` }],
];

/**
 * What the pods get of the proxy's trust bundle. Nothing before the controller has read it: a pod would wait for a
 * ConfigMap that nobody can make.
 */
export function trustVariables({ spec, status }: EgressProxy): readonly Variable[] | undefined {
  return spec.trustBundle !== undefined && status?.trustBundle !== undefined ? variables : undefined;
}

/** The pod with the bundle's volume, mounted in every container; the same where nothing is missing. */
export function mountTrust(spec: PodSpec, trust: readonly Variable[] | undefined): PodSpec {
  if (trust === undefined || holdsTrust(spec)) return spec;
  // Not optional: a pod that comes before its namespace's copy waits for it, instead of running with variables that
  // lead to no file.
  const volume = { name: VOLUME, configMap: { name: TRUST_CONFIG_MAP } };
  return { ...spec, volumes: [...(spec.volumes ?? []), volume] };
}

export function holdsTrust({ volumes = [] }: PodSpec): boolean {
  return volumes.some(({ name }) => name === VOLUME);
}

/** The container with the mount and the variables; the same where nothing is missing. */
export function trustInContainer(container: Container, trust: readonly Variable[] | undefined): Container {
  if (trust === undefined) return container;
  const env = addVariables(container.env, usersOwn(container, trust));
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
 * A user who sets one of the replacing variables means all of them: curl prefers CURL_CA_BUNDLE to SSL_CERT_FILE and
 * requests REQUESTS_CA_BUNDLE to CURL_CA_BUNDLE, so that one of ours would win over the user's other one.
 */
function usersOwn({ env }: Container, trust: readonly Variable[]): readonly Variable[] {
  const set = lastEntry(env, replacing);
  if (set === undefined || isOurs(set.name, set.value)) return trust;
  return trust.filter((variable) => !variable.some(({ name }) => replacing.includes(name)));
}

function isOurs(name: string, value: string | undefined): boolean {
  return variables.some((variable) => variable.some((ours) => ours.name === name && ours.value === value));
}

/** Whether the container has the mount, so that a container beside it can be given the same. */
export function mountsTrust({ volumeMounts = [] }: Container): boolean {
  return volumeMounts.some(({ name, mountPath }) => name === VOLUME && mountPath === FOLDER);
}
