import type { ServedNamespace } from '../../injection/index.ts';
import type { CachedPod } from '../cache/trim-pod.ts';
import { type ConditionUpdate, listNames } from '../conditions.ts';

/** Whether the pods of a namespace ask the proxy's nameserver. Empty where pods use the cluster's DNS. */
export function planNameserver(clients: readonly CachedPod[], served: ServedNamespace): ConditionUpdate[] {
  if (served.kind !== 'served' || served.dns === 'Cluster') return [];
  const type = 'NameserverUsed';
  const [address] = served.proxy.status?.dnsAddresses ?? [];
  if (address === undefined) {
    const message =
      "the proxy's nameserver does not run yet: until then pods get the cluster's DNS, which stays open; restart them afterwards";
    return [{ type, status: 'False', reason: 'Pending', message }];
  }
  const without = clients
    .filter(({ injected, unservable }) => unservable === undefined && injected?.nameserver !== address)
    .map(({ metadata }) => metadata.name);
  if (without.length === 0) {
    const message = `every pod asks the proxy's nameserver ${address}`;
    return [{ type, status: 'True', reason: 'NameserverUsed', message }];
  }
  const consequence =
    served.dns === 'ClusterOnly'
      ? 'and reach no DNS, since it is closed'
      : 'so the names that they ask for are not reported, and with dns: ClusterOnly they would reach no DNS';
  const message = `these pods use the cluster's DNS, ${consequence}; restart them: ${listNames(without)}`;
  return [{ type, status: 'False', reason: 'PodsOnClusterDns', message }];
}
