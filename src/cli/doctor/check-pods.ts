import { ownerOf } from '../../cluster/index.ts';
import { isMissingVariables, proxyAddress, readInjected, serviceHost } from '../../injection/index.ts';
import type { Pod } from '../../kube/index.ts';
import { guideOf } from '../status/index.ts';
import type { ClusterFacts, NamespaceFacts } from './facts.ts';
import { type Finding, finding, findingOf, listNames } from './finding.ts';

const names = (pods: readonly Pod[]) => listNames(pods.map(({ metadata }) => metadata.name));

/** Pods whose manifest sets the proxy variables itself, to something else. */
export function checkOwnVariables({ served = [] }: Pick<ClusterFacts, 'served'>): Finding[] {
  return served.flatMap((namespace) => {
    const pods = runningPods(namespace).filter((pod) => setsAnotherProxy(pod, namespace));
    if (pods.length === 0) return [];
    const message = `the manifests of these pods set HTTPS_PROXY or NO_PROXY themselves, and not to our proxy: ${names(pods)}; what does not use the proxy is dropped in enforce mode: remove the variables`;
    return [finding('OwnVariables', `Namespace ${namespace.rules.namespace}`, message)];
  });
}

function setsAnotherProxy({ spec }: Pod, { rules: { proxy } }: NamespaceFacts): boolean {
  if (proxy === undefined) return false;
  const hosts = [
    serviceHost(proxy),
    proxy.spec.injectAlias,
    `${proxy.metadata.name}.${proxy.metadata.namespace}`,
  ];
  const { port } = proxyAddress(proxy, undefined);
  const isOurs = (url: string) =>
    hosts.some((host) => host !== undefined && url.includes(`//${host}`)) && url.includes(`:${port}`);
  return (spec?.containers ?? []).some(({ env = [] }) =>
    env.some(({ name, value }) => {
      if (value === undefined) return false;
      if (/^https_proxy$/i.test(name)) return !isOurs(value);
      return /^no_proxy$/i.test(name) && value.trim() === '*';
    }),
  );
}

/** Milliseconds after which a pod that has the variables has made a request, if it makes any. */
const SETTLED = 60 * 60 * 1000;
/** The workloads that an EgressActivity has of one target. */
const MOST_OWNERS = 5;

/**
 * Workloads that have had the variables for an hour and requested nothing. An EgressActivity that has left something out
 * says nothing about a workload that it does not have.
 */
export function checkIgnoredVariables({ served = [], now }: Pick<ClusterFacts, 'served' | 'now'>): Finding[] {
  return served.flatMap((namespace) => {
    const { status } = namespace.activity ?? {};
    const { targets = [], dropped = 0 } = status ?? {};
    const isWhole = dropped === 0 && targets.every(({ owners = [] }) => owners.length < MOST_OWNERS);
    if (status === undefined || !isWhole) return [];
    const seen = new Set(targets.flatMap(({ owners = [] }) => owners));
    const silent = runningPods(namespace)
      .filter(
        (pod) => readInjected(pod) !== undefined && now - Date.parse(pod.status?.startTime ?? '') > SETTLED,
      )
      .map((pod) => ownerOf(pod.metadata) ?? `Pod/${pod.metadata.name}`)
      .filter((owner) => !seen.has(owner));
    if (silent.length === 0) return [];
    const message = `these workloads have the variables and requested nothing in an hour: ${listNames([...new Set(silent)])}; either they need nothing outside, or they ignore the variables and enforce mode will cut them off`;
    return [finding('VariablesIgnored', `Namespace ${namespace.rules.namespace}`, message)];
  });
}

/** Sidecars that take outgoing connections, and the annotation that leaves a port to the program. */
const meshes: Readonly<Record<string, string>> = {
  'istio-proxy': 'traffic.sidecar.istio.io/excludeOutboundPorts',
  'linkerd-proxy': 'config.linkerd.io/skip-outbound-ports',
  'kuma-sidecar': 'traffic.kuma.io/exclude-outbound-ports',
  'consul-dataplane': 'consul.hashicorp.com/transparent-proxy-exclude-outbound-ports',
};

/** Pods whose connections to the proxy are taken by a mesh: they come from its sidecar, or not at all. */
export function checkMeshes({ served = [] }: Pick<ClusterFacts, 'served'>): Finding[] {
  return served.flatMap((namespace) => {
    const { proxy } = namespace.rules;
    if (proxy === undefined) return [];
    const port = `${proxyAddress(proxy, undefined).port}`;
    const taken = runningPods(namespace).filter((pod) => takenBy(pod, port) !== undefined);
    const [first] = taken;
    if (first === undefined) return [];
    const message = `the sidecar of a mesh takes these pods' connections to the proxy: ${names(taken)}; annotate their template with ${takenBy(first, port)}: "${port}"`;
    return [finding('MeshTakesConnections', `Namespace ${namespace.rules.namespace}`, message)];
  });
}

/** The annotation that is missing. */
function takenBy({ metadata, spec }: Pod, port: string): string | undefined {
  const containers = [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])];
  const annotation = containers.map(({ name }) => meshes[name]).find((each) => each !== undefined);
  if (annotation === undefined) return undefined;
  const excluded = (metadata.annotations?.[annotation] ?? '').split(',').map((each) => each.trim());
  return excluded.includes(port) ? undefined : annotation;
}

/** Pods without the variables that no condition reports yet, since the controller does not run. */
export function checkInjected({ served = [] }: Pick<ClusterFacts, 'served'>): Finding[] {
  return served.flatMap((namespace) => {
    const isReported = namespace.activity?.status?.conditions?.some(({ type }) => type === 'Injected');
    const without = runningPods(namespace).filter((pod) => isMissingVariables(pod));
    if (isReported || without.length === 0) return [];
    const message = `these pods run without the proxy variables: ${names(without)}; restart them`;
    const object = `Namespace ${namespace.rules.namespace}`;
    const type = 'Injected';
    return [findingOf({ object, type, reason: 'PodsNotInjected', message, guide: guideOf(type) })];
  });
}

function runningPods({ pods = [] }: NamespaceFacts): Pod[] {
  return pods.filter(
    ({ metadata, status }) =>
      metadata.deletionTimestamp === undefined && status?.phase !== 'Succeeded' && status?.phase !== 'Failed',
  );
}
