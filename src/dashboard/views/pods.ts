import type { EgressProxy, SkipReason } from '../../api/index.ts';
import {
  catalogProxies,
  isMissingVariables,
  podExclusion,
  resolveMode,
  unservable,
} from '../../injection/index.ts';
import type { Namespace, Pod } from '../../kube/index.ts';
import type { PodsView } from '../wire.ts';

export interface PodsInput {
  namespace: Namespace;
  pods: readonly Pod[];
  proxies: readonly EgressProxy[];
  productNamespace: string;
  /** Names of the namespace's pods with at least one request. */
  seen: ReadonlySet<string>;
}

/** Finds the pods without proxy variables, those that the proxy cannot serve, and those without requests. */
export function buildPodsView({ namespace, pods, proxies, productNamespace, seen }: PodsInput): PodsView {
  const served = resolveMode(namespace, catalogProxies(proxies), { productNamespace });
  const clients = pods.filter(
    ({ metadata, status }) =>
      metadata.deletionTimestamp === undefined &&
      status?.phase !== 'Succeeded' &&
      status?.phase !== 'Failed' &&
      isClient(podExclusion(metadata.labels, served)),
  );
  const view = (pod: Pod) => pod as Parameters<typeof isMissingVariables>[0];
  const notServed = clients.filter((pod) => unservable(view(pod)) !== undefined);
  const notInjected = clients.filter((pod) => isMissingVariables(view(pod)));
  const without = new Set([...notInjected, ...notServed]);
  const silent = clients.filter((pod) => !without.has(pod) && !seen.has(pod.metadata.name));
  return {
    notInjected: namesOf(notInjected),
    notServed: namesOf(notServed),
    silent: namesOf(silent),
    clients: clients.length - notServed.length,
  };
}

/** Pods count as clients even if the proxy is missing or the viewer may not read it. */
function isClient(exclusion: SkipReason | undefined): boolean {
  return exclusion === undefined || exclusion === 'ProxyUnknown';
}

const namesOf = (pods: readonly Pod[]): string[] => pods.map(({ metadata }) => metadata.name).sort();
