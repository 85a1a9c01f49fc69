import type { EgressProxy } from '../../api/index.ts';
import type { ProxyFacts } from '../../proxy/index.ts';
import type { Context } from '../context.ts';
import { followHosts } from '../upstreams/index.ts';

/** What rendering needs to know of the world. */
export async function gatherProxyFacts(proxy: EgressProxy, context: Context): Promise<ProxyFacts> {
  const { settings, view, followers } = context;
  return {
    image: settings.image,
    productNamespace: settings.productNamespace,
    servedNamespaces: view.servedBy(proxy).map(({ namespace }) => namespace.metadata.name),
    clientCIDRs: followers.clusterRuleSets.store.list().flatMap(({ spec }) => spec.clientCIDRs ?? []),
    discovered: view.discovered,
    dns: view.dns,
    upstreamAddresses: await resolveUpstreams(proxy, context),
  };
}

async function resolveUpstreams(
  proxy: EgressProxy,
  context: Context,
): Promise<ProxyFacts['upstreamAddresses']> {
  const names = await followHosts(proxy, context);
  return (proxy.spec.upstreams ?? []).flatMap(({ host, port }) =>
    (names.get(host)?.addresses ?? []).map(({ address }) => ({ address, port })),
  );
}
