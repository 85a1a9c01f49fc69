import type { EgressProxy } from '../../api/index.ts';
import type { ProxyFacts } from '../../proxy/index.ts';
import type { Context } from '../context.ts';

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
  { spec }: EgressProxy,
  { resolve }: Context,
): Promise<ProxyFacts['upstreamAddresses']> {
  const found = (spec.upstreams ?? []).map(async ({ host, port }) =>
    (await resolve(host)).map((address) => ({ address, port })),
  );
  return (await Promise.all(found)).flat();
}
