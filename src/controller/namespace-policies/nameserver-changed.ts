import { isDeepStrictEqual } from 'node:util';
import type { EgressProxy } from '../../api/index.ts';
import type { Change } from '../../kube/index.ts';

/** Whether the nameserver of an EgressProxy has other addresses: policies open it once it has one. */
export function nameserverChanged(change: Change<EgressProxy>): boolean {
  if (change.type !== 'modified') return true;
  return !isDeepStrictEqual(change.object.status?.dnsAddresses, change.old.status?.dnsAddresses);
}
