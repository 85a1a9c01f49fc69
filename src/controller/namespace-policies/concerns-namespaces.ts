import { isDeepStrictEqual } from 'node:util';
import type { EgressProxy } from '../../api/index.ts';
import type { Change } from '../../kube/index.ts';
import { statusOnlyChange } from '../enqueue.ts';

/** Whether a change of an EgressProxy concerns its namespaces: a change of its status does only by the nameserver. */
export function concernsNamespaces(change: Change<EgressProxy>): boolean {
  return !statusOnlyChange(change) || nameserverChanged(change);
}

/** Whether the nameserver of an EgressProxy has other addresses: policies open it once it has one. */
function nameserverChanged(change: Change<EgressProxy>): boolean {
  if (change.type !== 'modified') return true;
  return !isDeepStrictEqual(change.object.status?.dnsAddresses, change.old.status?.dnsAddresses);
}
