import type { EgressProxy } from '../../api/index.ts';
import { BY_NAMESPACE } from '../../cluster/index.ts';
import { proxyReference } from '../../injection/index.ts';
import type { ProxyFacts } from '../../proxy/index.ts';
import type { Deps } from '../deps.ts';
import type { NameTable } from '../names/name-table.ts';
import type { LeaderState } from '../state/leader-state.ts';
import { lookUpHosts, readAuthorities } from '../upstreams/gather-upstreams.ts';

/** The state of the leadership that the objects of a proxy depend on. */
export type ProxyState = Pick<LeaderState, 'formerProxies' | 'upstreamNames'>;

/** Gathers everything besides the spec that the objects of a proxy are rendered from. */
export async function gatherProxyFacts(
  proxy: EgressProxy,
  { formerProxies, upstreamNames }: ProxyState,
  { settings, facts, reflectors, client }: Pick<Deps, 'settings' | 'facts' | 'reflectors' | 'client'>,
): Promise<ProxyFacts> {
  return {
    image: settings.image,
    productNamespace: settings.productNamespace,
    servedNamespaces: [
      ...facts.servedBy(proxy).map(({ namespace }) => namespace.metadata.name),
      ...formerProxies.clientsOf(proxyReference(proxy)),
    ],
    clientCIDRs: reflectors.clusterRuleSets.store.list().flatMap(({ spec }) => spec.clientCIDRs ?? []),
    discovered: facts.discovered,
    dns: facts.dns,
    clientDns: needsClientDns(proxy, { facts, reflectors }),
    upstreamAddresses: await resolveUpstreams(proxy, upstreamNames),
    upstreamAuthorities: await readAuthorities(proxy, client),
  };
}

/** Whether pods of a served namespace get the proxy's nameserver, or still have it. */
function needsClientDns(
  proxy: EgressProxy,
  { facts, reflectors }: Pick<Deps, 'facts' | 'reflectors'>,
): boolean {
  const entries = facts.servedBy(proxy);
  if (entries.some(({ served }) => served.kind === 'served' && served.dns !== 'Cluster')) return true;
  if (proxy.status?.dnsAddresses === undefined) return false;
  return entries.some(({ namespace }) =>
    reflectors.pods.store
      .byIndex(BY_NAMESPACE, namespace.metadata.name)
      .some(({ injected }) => injected?.nameserver !== undefined),
  );
}

async function resolveUpstreams(
  proxy: EgressProxy,
  upstreamNames: NameTable,
): Promise<ProxyFacts['upstreamAddresses']> {
  const names = await lookUpHosts(proxy, upstreamNames);
  return (proxy.spec.upstreams ?? []).flatMap(({ host, port }) =>
    (names.get(host)?.addresses ?? []).map(({ address }) => ({ address, port })),
  );
}
