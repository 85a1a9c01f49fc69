import { type Change, keyOf } from '../../kube/index.ts';
import type { CachedNode } from '../cache/trim-objects.ts';
import { type Controller, watch } from '../controller.ts';
import type { Deps } from '../deps.ts';
import { enqueueAll } from '../enqueue.ts';

/**
 * Discovers the cluster: domain, ranges, API server, DNS. Many changes become one discovery, since a cluster has 5,000
 * nodes. Mostly nothing has changed; otherwise the other controllers are notified by the facts, which they watch.
 */
export const discoveryController: Controller<[Deps]> = {
  name: 'discovery',
  concurrency: 1,
  create({ reflectors, facts, settings }) {
    const { services, nodes, apiServerSlices, dnsSlices, nodeLocalDns, serviceCidrs } = reflectors;
    const read = new Set(['default/kubernetes', keyOf({ metadata: settings.dnsService })]);
    return {
      watches: [
        watch(services, ({ object }) => (read.has(keyOf(object)) ? enqueueAll() : [])),
        watch(nodes, (change) => (nodeChanged(change) ? enqueueAll() : [])),
        watch(apiServerSlices, enqueueAll),
        watch(dnsSlices, enqueueAll),
        watch(nodeLocalDns, enqueueAll),
        ...(serviceCidrs === undefined ? [] : [watch(serviceCidrs, enqueueAll)]),
      ],
      async reconcile() {
        facts.rediscover();
        return undefined;
      },
    };
  },
};

function nodeChanged(change: Change<CachedNode>): boolean {
  if (change.type !== 'modified') return true;
  const { object: now, old } = change;
  return now.podCIDRs.join() !== old.podCIDRs.join() || now.addresses.join() !== old.addresses.join();
}
