import { annotation, label } from '../api/index.ts';
import { usesNameservers } from './client-dns.ts';
import type { Variable } from './container-env.ts';
import type { EnvVar, Pod, PodSpec } from './pod.ts';
import type { ProxyVariables } from './proxy-variables.ts';
import { holdsTrust } from './trust-bundle.ts';
import { unservable } from './unservable-pod.ts';

/** Content of the annotation on an injected pod, as JSON. The controller uses it to find pods of a former proxy. */
export interface Injected {
  /** `<namespace>.<name>` of the EgressProxy. */
  proxy: string;
  url: string;
  /** Names of the containers and init containers that have one of our variables. */
  containers: string[];
  /** Address of the proxy's names in this pod's hostAliases; absent if they have none of ours. */
  aliasAddress?: string;
  /** Names of the proxy that the pod's own hostAliases map to another address. */
  aliasesLeftAlone?: string[];
  /** The pod mounts the namespace's trust bundle. */
  trustBundle?: true;
  /** The pod's first nameserver, if it has ours. */
  nameserver?: string;
  /** `redirect`, or the Pod Security level that forbids transparent mode. */
  transparent?: string;
}

const REDIRECT = 'redirect';

/**
 * The annotation for a pod, undefined where it has nothing of ours. Derived from the resulting pod, not from what this
 * call added: a second call gives the same text, and an annotation of a copied manifest is corrected.
 */
export function describeInjection(spec: PodSpec, wanted: ProxyVariables): string | undefined {
  const { proxy, url, variables } = wanted;
  const containers = [...(spec.containers ?? []), ...(spec.initContainers ?? [])]
    .filter(({ env }) => holdsAny(env, variables))
    .map(({ name }) => name);
  const transparent = transparentMode(wanted);
  const nameserver = wanted.dns && usesNameservers(spec, wanted.dns) ? wanted.dns.nameservers[0] : undefined;
  if (containers.length === 0 && transparent !== REDIRECT && nameserver === undefined) return undefined;
  const described: Injected = { proxy, url, containers, ...describeAliases(spec, wanted) };
  if (holdsTrust(spec)) described.trustBundle = true;
  if (nameserver !== undefined) described.nameserver = nameserver;
  if (transparent !== undefined) described.transparent = transparent;
  return JSON.stringify(described);
}

function describeAliases(
  { hostAliases = [] }: PodSpec,
  { aliases: { names, address } }: ProxyVariables,
): Pick<Injected, 'aliasAddress' | 'aliasesLeftAlone'> {
  const leadsTo = (name: string) => hostAliases.find(({ hostnames }) => hostnames?.includes(name))?.ip;
  const leftAlone = names.filter((name) => leadsTo(name) !== undefined && leadsTo(name) !== address);
  const ours = address !== undefined && names.some((name) => leadsTo(name) === address);
  return {
    ...(ours && { aliasAddress: address }),
    ...(leftAlone.length > 0 && { aliasesLeftAlone: leftAlone }),
  };
}

function transparentMode({ transparent }: ProxyVariables): string | undefined {
  return transparent?.kind === 'forbidden' ? transparent.level : transparent && REDIRECT;
}

function holdsAny(env: EnvVar[] | undefined, variables: readonly Variable[]): boolean {
  const isOurs = ({ name, value }: EnvVar) =>
    variables.some((variable) => variable.some((ours) => ours.name === name && ours.value === value));
  return env?.some(isOurs) ?? false;
}

/** The annotation of a pod; undefined for a pod that was not injected, or whose annotation is not valid. */
export function readInjected(pod: Pod): Injected | undefined {
  const text = pod.metadata?.annotations?.[annotation.injected];
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isInjected(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isInjected(value: unknown): value is Injected {
  if (typeof value !== 'object' || value === null) return false;
  const { proxy, url, containers } = value as Partial<Record<keyof Injected, unknown>>;
  return typeof proxy === 'string' && typeof url === 'string' && Array.isArray(containers);
}

/**
 * Whether a container of the pod has no proxy variable though the proxy can serve the pod and the pod does not opt out by
 * label or annotation. Pods whose variables the user set are not annotated, and are not missing any.
 */
export function isMissingVariables(pod: Pod): boolean {
  if (readInjected(pod) !== undefined || unservable(pod) !== undefined) return false;
  return !isOptedOut(pod) && someContainerLacksProxy(pod);
}

function isOptedOut({ metadata }: Pod): boolean {
  return (
    metadata?.labels?.[label.inject] === 'false' || metadata?.annotations?.[annotation.skipEnv] !== undefined
  );
}

function someContainerLacksProxy({ spec }: Pod): boolean {
  const containers = [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])];
  return containers.some(({ env = [] }) => !env.some(({ name }) => name.toUpperCase() === 'HTTPS_PROXY'));
}
