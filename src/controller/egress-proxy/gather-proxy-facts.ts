import type { EgressProxy } from '../../api/index.ts';
import { proxyReference } from '../../injection/index.ts';
import type { ProxyFacts } from '../../proxy/index.ts';
import type { Context } from '../context.ts';
import { followHosts, readAuthorities } from '../upstreams/index.ts';

/** What rendering needs to know of the world. */
export async function gatherProxyFacts(proxy: EgressProxy, context: Context): Promise<ProxyFacts> {
  const { settings, view, followers } = context;
  return {
    image: settings.image,
    productNamespace: settings.productNamespace,
    servedNamespaces: [
      ...view.servedBy(proxy).map(({ namespace }) => namespace.metadata.name),
      ...formerClients(proxy, context),
    ],
    clientCIDRs: followers.clusterRuleSets.store.list().flatMap(({ spec }) => spec.clientCIDRs ?? []),
    discovered: view.discovered,
    dns: view.dns,
    upstreamAddresses: await resolveUpstreams(proxy, context),
    upstreamAuthorities: await readAuthorities(proxy, context.client),
  };
}

/** Namespaces that moved to another proxy and still have pods with this one in their variables. */
function formerClients(proxy: EgressProxy, { formerProxies }: Context): string[] {
  const reference = proxyReference(proxy);
  return [...formerProxies].flatMap(([namespace, proxies]) =>
    proxies.includes(reference) ? [namespace] : [],
  );
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
