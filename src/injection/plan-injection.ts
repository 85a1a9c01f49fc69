import { annotation, label, type SkipReason } from '../api/index.ts';
import { addVariables } from './container-env.ts';
import { injectEphemeral } from './ephemeral-containers.ts';
import { addHostAliases } from './host-aliases.ts';
import { describeInjection } from './injected-annotation.ts';
import { addJavaOptions } from './java-env.ts';
import type { Container, Pod, PodSpec } from './pod.ts';
import type { ProxyVariables } from './proxy-variables.ts';
import type { ServedNamespace } from './served-namespace.ts';
import { podExclusion } from './served-pod.ts';
import { withoutSkipped } from './skip-env.ts';
import { addTransparent, canRedirect, explainForbidden, isTransparentContainer } from './transparent.ts';
import { mountTrust, trustInContainer } from './trust-bundle.ts';

export interface InjectionRequest {
  pod: Pod;
  /** On an update of pods/ephemeralcontainers the pod as it was; undefined when the pod is created. */
  oldPod: Pod | undefined;
  served: ServedNamespace;
  /** Asked for only when the pod gets variables. */
  variables: () => ProxyVariables;
}

export type InjectionPlan =
  /** `pod` shares with the given one whatever did not change; `annotation` is what the pod now says of it. */
  | { kind: 'patch'; pod: Pod; annotation: string | undefined; warnings?: string[] }
  | { kind: 'skip'; reason: SkipReason };

/** What becomes of a pod: pure, and idempotent, since the API server may ask twice (reinvocationPolicy IfNeeded). */
export function planInjection({ pod, oldPod, served, variables }: InjectionRequest): InjectionPlan {
  const reason = podExclusion(pod.metadata?.labels, served) ?? optOut(pod);
  if (reason !== undefined) return { kind: 'skip', reason };
  const wanted = withoutTransparent(withoutSkipped(variables(), pod), pod);
  return oldPod === undefined ? planCreate(pod, wanted) : planUpdate(pod, oldPod, wanted);
}

function optOut(pod: Pod): SkipReason | undefined {
  return pod.metadata?.labels?.[label.inject] === 'false' ? 'PodOptedOut' : undefined;
}

/** Where the pod does not want it, or runs on the node's network, which is not ours to change. */
function withoutTransparent(all: ProxyVariables, { metadata, spec = {} }: Pod): ProxyVariables {
  const isWanted = metadata?.annotations?.[annotation.transparent] !== 'false' && canRedirect(spec);
  return isWanted ? all : { ...all, transparent: undefined };
}

function planCreate(pod: Pod, wanted: ProxyVariables): InjectionPlan {
  const spec = injectSpec(pod.spec ?? {}, wanted);
  const text = describeInjection(spec, wanted);
  const before = pod.metadata ?? {};
  const metadata = annotate(before, text);
  const unchanged = metadata === before && isUnchanged(pod.spec ?? {}, spec);
  if (!unchanged) {
    const warnings = warningsOf(wanted);
    return {
      kind: 'patch',
      pod: { ...pod, metadata, spec },
      annotation: text,
      ...(warnings.length > 0 && { warnings }),
    };
  }
  return { kind: 'skip', reason: text === undefined ? 'NothingToInject' : 'AlreadyInjected' };
}

/** What somebody who creates a pod by hand is told; the controller tells the others by an Event. */
function warningsOf({ transparent }: ProxyVariables): string[] {
  return transparent?.kind === 'forbidden' ? [explainForbidden(transparent.level)] : [];
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
  const hostAliases = addHostAliases(spec.hostAliases, wanted.aliases.names, wanted.aliases.address);
  const { initContainers } = addTransparent(spec, wanted.transparent);
  return {
    ...mountTrust(spec, wanted.trust),
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

type Metadata = NonNullable<Pod['metadata']>;

function annotate(metadata: Metadata, text: string | undefined): Metadata {
  if (text === undefined || metadata.annotations?.[annotation.injected] === text) return metadata;
  return { ...metadata, annotations: { ...metadata.annotations, [annotation.injected]: text } };
}

function isUnchanged(before: PodSpec, after: PodSpec): boolean {
  return (
    before.hostAliases === after.hostAliases &&
    before.volumes === after.volumes &&
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
