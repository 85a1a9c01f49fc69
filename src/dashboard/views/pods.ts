import type { EgressProxy, SkipReason } from '../../api/index.ts';
import { catalogProxies, isMissingVariables, podExclusion, resolveMode } from '../../injection/index.ts';
import type { Namespace, Pod } from '../../kube/index.ts';
import type { PodsView } from '../wire.ts';

export interface PodsInput {
  namespace: Namespace;
  pods: readonly Pod[];
  proxies: readonly EgressProxy[];
  productNamespace: string;
  /** The pods of the namespace of which a request was seen. */
  seen: ReadonlySet<string>;
}

/** The pods that do not go through the proxy, and those that have not yet. */
export function viewPods({ namespace, pods, proxies, productNamespace, seen }: PodsInput): PodsView {
  const served = resolveMode(namespace, catalogProxies(proxies), { productNamespace });
  const clients = pods.filter(
    ({ metadata, status }) =>
      metadata.deletionTimestamp === undefined &&
      status?.phase !== 'Succeeded' &&
      status?.phase !== 'Failed' &&
      isClient(podExclusion(metadata.labels, served)),
  );
  const notInjected = clients.filter((pod) =>
    isMissingVariables(pod as Parameters<typeof isMissingVariables>[0]),
  );
  const without = new Set(notInjected);
  const silent = clients.filter((pod) => !without.has(pod) && !seen.has(pod.metadata.name));
  return { notInjected: namesOf(notInjected), silent: namesOf(silent), clients: clients.length };
}

/** Where the proxy is missing, or cannot be read by who looks, the pods are clients all the same. */
function isClient(exclusion: SkipReason | undefined): boolean {
  return exclusion === undefined || exclusion === 'ProxyUnknown';
}

const namesOf = (pods: readonly Pod[]): string[] => pods.map(({ metadata }) => metadata.name).sort();
