import { type Change, keyOf } from '../../kube/index.ts';
import type { CachedNode } from '../cache/trim-objects.ts';
import { type Controller, watch } from '../controller.ts';
import type { Deps } from '../deps.ts';
import { enqueueAll, statusOnlyChange } from '../enqueue.ts';

/** Milliseconds. New networks of pods come in numbers when nodes do. */
const SETTLE = 5_000;

/**
 * Discovers the cluster: domain, ranges, API server, DNS. Many changes become one discovery, since a cluster has 5,000
 * nodes. Mostly nothing has changed; otherwise the other controllers are notified by the facts, which they watch.
 */
export const discoveryController: Controller<[Deps]> = {
  name: 'discovery',
  concurrency: 1,
  create({ reflectors, facts }) {
    const { services, nodes, apiServerSlices, dnsSlices, nodeLocalDns, serviceCidrs } = reflectors;
    return {
      watches: [
        watch(services, ({ object }) =>
          keyOf(object) === 'default/kubernetes' || facts.mayBeDnsService(object) ? enqueueAll() : [],
        ),
        watch(reflectors.proxies, (change) => (statusOnlyChange(change) ? [] : enqueueAll())),
        watch(facts.podNetworks, enqueueAll, { settleMs: SETTLE }),
        watch(nodes, (change) => (nodeChanged(change) ? enqueueAll() : [])),
        watch(apiServerSlices, enqueueAll),
        watch(dnsSlices, enqueueAll),
        watch(nodeLocalDns, enqueueAll),
        ...(serviceCidrs === undefined ? [] : [watch(serviceCidrs, enqueueAll)]),
      ],
      async reconcile(_, signal) {
        await facts.followDnsService(signal);
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
