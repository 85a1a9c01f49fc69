import { type EgressProxy, label } from '../../api/index.ts';
import { BY_OWNER } from '../../cluster/index.ts';
import { proxyReference } from '../../injection/index.ts';
import { keyOf, type ReadonlyStore } from '../../kube/index.ts';
import { serviceNames } from '../../tls/index.ts';
import type { CachedPod } from '../cache/trim-pod.ts';
import type { Replica } from './agent-generations.ts';

/** The pods of a proxy that are ready and not terminating. */
export function readyReplicas(
  proxy: Pick<EgressProxy, 'metadata'>,
  pods: ReadonlyStore<CachedPod>,
): Replica[] {
  return proxyReplicas(proxy, pods, ({ ready, terminating }) => ready && !terminating);
}

/** The pods of a proxy that have an address. A pod that starts or drains counts requests too. */
export function allReplicas(proxy: Pick<EgressProxy, 'metadata'>, pods: ReadonlyStore<CachedPod>): Replica[] {
  return proxyReplicas(proxy, pods, () => true);
}

function proxyReplicas(
  proxy: Pick<EgressProxy, 'metadata'>,
  pods: ReadonlyStore<CachedPod>,
  includes: (pod: CachedPod) => boolean,
): Replica[] {
  const { name, namespace = '' } = proxy.metadata;
  const [serverName] = serviceNames(name, namespace);
  return pods.byIndex(BY_OWNER, proxyReference(proxy)).flatMap((pod): Replica[] => {
    const { metadata, podIP } = pod;
    const isReplica = metadata.namespace === namespace && metadata.labels[label.component] === 'proxy';
    if (!isReplica || podIP === undefined || !includes(pod)) return [];
    return [{ uid: metadata.uid, address: podIP, name: keyOf(pod), serverName }];
  });
}
