import { annotation, label, type SkipReason } from '../api/index.ts';
import { addClientDns } from './client-dns.ts';
import { addVariables, type Variable } from './container-env.ts';
import { injectEphemeral } from './ephemeral-containers.ts';
import { describeInjection } from './injected-annotation.ts';
import { addJavaOptions } from './java-options.ts';
import { readAnnotation, warnOfRest } from './no-proxy-annotation.ts';
import type { Container, HostAlias, Pod, PodSpec } from './pod.ts';
import type { ProxyVariables } from './proxy-variables.ts';
import { podExclusion, type ServedNamespace } from './served-namespace.ts';
import { addTransparent, explainForbidden, isTransparentContainer } from './transparent.ts';
import { mountTrust, trustInContainer } from './trust-bundle.ts';
import { unservable } from './unservable-pod.ts';

export interface InjectionRequest {
  pod: Pod;
  /** The pod before an update of pods/ephemeralcontainers; undefined when the pod is created. */
  oldPod: Pod | undefined;
  served: ServedNamespace;
  /** Called only when the pod gets variables. */
  variables: () => ProxyVariables;
}

export type InjectionPlan =
  /** `pod` shares what is unchanged with the given one; `annotation` is its new text. */
  | { kind: 'patch'; pod: Pod; annotation: string | undefined; warnings?: string[] }
  | { kind: 'skip'; reason: SkipReason };

/** Plans the injection of a pod. Pure, and idempotent: the API server may call twice (reinvocationPolicy IfNeeded). */
export function planInjection({ pod, oldPod, served, variables }: InjectionRequest): InjectionPlan {
  const reason = podExclusion(pod.metadata?.labels, served) ?? optOut(pod) ?? unservable(pod);
  if (reason !== undefined) return { kind: 'skip', reason };
  const wanted = withoutTransparent(withoutSkipped(variables(), pod), pod);
  return oldPod === undefined ? planCreate(pod, wanted) : planUpdate(pod, oldPod, wanted);
}

function optOut(pod: Pod): SkipReason | undefined {
  return pod.metadata?.labels?.[label.inject] === 'false' ? 'PodOptedOut' : undefined;
}

/**
 * The variables without those that the pod's skip-env annotation names, each in both spellings: a client that finds
 * HTTP_PROXY from envFrom and our http_proxy would see two proxies.
 */
function withoutSkipped(all: ProxyVariables, pod: Pod): ProxyVariables {
  const text = pod.metadata?.annotations?.[annotation.skipEnv];
  if (text === undefined) return all;
  const skipped = new Set(text.split(/[\s,]+/).map((name) => name.toUpperCase()));
  const isKept = (variable: Variable) => !variable.some(({ name }) => skipped.has(name));
  const trust = all.trust?.filter(isKept);
  return {
    ...all,
    variables: all.variables.filter(isKept),
    trust: trust?.length === 0 ? undefined : trust,
    java: all.java !== undefined && skipped.has(all.java.variable) ? undefined : all.java,
  };
}

/** Without transparent mode for a pod that opts out of it. */
function withoutTransparent(all: ProxyVariables, { metadata }: Pod): ProxyVariables {
  const isWanted = metadata?.annotations?.[annotation.transparent] !== 'false';
  return isWanted ? all : { ...all, transparent: undefined };
}

function planCreate(pod: Pod, wanted: ProxyVariables): InjectionPlan {
  const spec = injectSpec(pod.spec ?? {}, wanted);
  const text = describeInjection(spec, wanted);
  const before = pod.metadata ?? {};
  const metadata = annotate(before, text);
  const unchanged = metadata === before && isUnchanged(pod.spec ?? {}, spec);
  if (!unchanged) {
    const warnings = warningsOf(wanted, before);
    return {
      kind: 'patch',
      pod: { ...pod, metadata, spec },
      annotation: text,
      ...(warnings.length > 0 && { warnings }),
    };
  }
  return { kind: 'skip', reason: text === undefined ? 'NothingToInject' : 'AlreadyInjected' };
}

/** Shown to a user who creates a pod by hand; for other pods the controller writes an Event. */
function warningsOf({ transparent }: ProxyVariables, { annotations }: Metadata): string[] {
  const noProxy = readAnnotation(annotations?.[annotation.noProxy]);
  return [
    ...(transparent?.kind === 'forbidden' ? [explainForbidden(transparent.level)] : []),
    ...(noProxy.isCut ? [warnOfRest(noProxy)] : []),
  ];
}

function planUpdate(pod: Pod, oldPod: Pod, wanted: ProxyVariables): InjectionPlan {
  const ephemeralContainers = injectEphemeral(pod, oldPod, wanted);
  if (ephemeralContainers === undefined || ephemeralContainers === pod.spec?.ephemeralContainers) {
    return { kind: 'skip', reason: 'NothingToInject' };
  }
  return {
    kind: 'patch',
    pod: { ...pod, spec: { ...pod.spec, ephemeralContainers } },
    annotation: undefined,
  };
}

function injectSpec(spec: PodSpec, wanted: ProxyVariables): PodSpec {
  const injectAll = (list: Container[]) => list.map((container) => injectContainer(container, wanted));
  const hostAliases = addHostAliases(spec.hostAliases, wanted.aliases);
  const { initContainers } = addTransparent(spec, wanted.transparent);
  return {
    ...addClientDns(mountTrust(spec, wanted.trust), wanted.dns),
    ...(initContainers && { initContainers: injectAll(initContainers) }),
    ...(spec.containers && { containers: injectAll(spec.containers) }),
    ...(hostAliases && { hostAliases }),
  };
}

function injectContainer(container: Container, { variables, java, trust }: ProxyVariables): Container {
  if (isTransparentContainer(container)) return container;
  const trusting = trustInContainer(container, trust);
  const env = addVariables(addJavaOptions(trusting.env, java), variables);
  return env === undefined || env === trusting.env ? trusting : { ...trusting, env };
}

/**
 * The pod's hostAliases with the names of the proxy. By its DNS the pod could reach another host: a search domain with a
 * wildcard comes first, since the name has fewer dots than ndots. A name that the pod already maps is left unchanged;
 * returns the same list when nothing is missing.
 */
function addHostAliases(
  present: HostAlias[] | undefined,
  { names, address }: ProxyVariables['aliases'],
): HostAlias[] | undefined {
  if (address === undefined) return present;
  const known = new Set(present?.flatMap(({ hostnames = [] }) => hostnames));
  const hostnames = names.filter((name) => !known.has(name));
  return hostnames.length === 0 ? present : [...(present ?? []), { ip: address, hostnames }];
}

type Metadata = NonNullable<Pod['metadata']>;

function annotate(metadata: Metadata, text: string | undefined): Metadata {
  if (text === undefined || metadata.annotations?.[annotation.injected] === text) return metadata;
  return { ...metadata, annotations: { ...metadata.annotations, [annotation.injected]: text } };
}

function isUnchanged(before: PodSpec, after: PodSpec): boolean {
  return (
    before.hostAliases === after.hostAliases &&
    before.volumes === after.volumes &&
    before.dnsConfig === after.dnsConfig &&
    sameItems(before.containers, after.containers) &&
    sameItems(before.initContainers, after.initContainers)
  );
}

function sameItems(before: Container[] | undefined, after: Container[] | undefined): boolean {
  if (before === after) return true;
  return (
    before?.length === after?.length && (before?.every((item, index) => item === after?.[index]) ?? false)
  );
}
