import { annotation } from '../api/index.ts';
import type { Variable } from './container-env.ts';
import type { EnvVar, Pod, PodSpec } from './pod.ts';
import type { ProxyVariables } from './proxy-variables.ts';
import { holdsTrust } from './trust-bundle.ts';

/** What the annotation on an injected pod says, as JSON. The controller finds pods of an older proxy by it. */
export interface Injected {
  /** `<namespace>.<name>` of the EgressProxy. */
  proxy: string;
  url: string;
  /** The containers and init containers in which a variable of ours stands. */
  containers: string[];
  /** Where the proxy's further names lead in this pod; absent where it has none of ours. */
  aliasAddress?: string;
  /** Names of the proxy that the pod's own hostAliases lead elsewhere. */
  aliasesLeftAlone?: string[];
  /** The pod mounts the namespace's trust bundle. */
  trustBundle?: true;
  /** `redirect`: programs that know no proxy are taken to it. Else the Pod Security level that forbids it. */
  transparent?: string;
}

const REDIRECT = 'redirect';

/**
 * Read off the pod as it will be, not off what this call added: so the second call comes to the same text, and
 * an annotation that came with a copied manifest is put right. Undefined where nothing of ours stands.
 */
export function describeInjection(spec: PodSpec, wanted: ProxyVariables): string | undefined {
  const { proxy, url, variables } = wanted;
  const containers = [...(spec.containers ?? []), ...(spec.initContainers ?? [])]
    .filter(({ env }) => holdsAny(env, variables))
    .map(({ name }) => name);
  const transparent = transparentMode(wanted);
  if (containers.length === 0 && transparent !== REDIRECT) return undefined;
  const described: Injected = { proxy, url, containers, ...describeAliases(spec, wanted) };
  if (holdsTrust(spec)) described.trustBundle = true;
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

/** What the webhook did to a pod; undefined for a pod that it never touched, or whose annotation is not ours. */
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
