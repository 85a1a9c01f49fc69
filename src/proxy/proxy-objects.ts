import type { DesiredObject, EgressProxy } from '../api/index.ts';
import { renderProxyPolicies } from '../enforcement/index.ts';
import { renderAgentAccount } from './agent-identity.ts';
import { renderAutoscaler, renderPodDisruptionBudget } from './availability.ts';
import { renderDnsService } from './client-dns.ts';
import { renderDeployment } from './deployment.ts';
import { goAccessClients, renderGoAccessService } from './goaccess.ts';
import { renderLogClaim } from './log-volume.ts';
import { agentPorts, type ProxyFacts } from './proxy-facts.ts';
import { ownedMetadata, proxyNames } from './proxy-names.ts';
import { renderService } from './service.ts';
import { DEFAULT_PORT, renderSquidConf } from './squid-conf.ts';

/** All objects of an EgressProxy, in the order in which to apply them. */
export function renderProxyObjects(proxy: EgressProxy, facts: ProxyFacts): DesiredObject[] {
  const squidConf = renderSquidConf(proxy);
  return [
    renderAgentAccount(proxy),
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: ownedMetadata(proxy, proxyNames(proxy).configMap),
      data: { 'squid.conf': squidConf },
    },
    ...renderPolicies(proxy, facts),
    renderService(proxy),
    ...renderDnsService(proxy, facts),
    ...renderGoAccessService(proxy),
    ...renderLogClaim(proxy),
    renderDeployment(proxy, facts, squidConf),
    renderPodDisruptionBudget(proxy),
    ...renderAutoscaler(proxy),
  ];
}

function renderPolicies(proxy: EgressProxy, facts: ProxyFacts): DesiredObject[] {
  const { namespace = '', name } = proxy.metadata;
  const { apiServer = [], podCIDRs = [], serviceCIDRs = [], nodeCIDRs = [] } = facts.discovered;
  return renderProxyPolicies({
    proxy: { namespace, name, port: proxy.spec.port ?? DEFAULT_PORT },
    metadata: ownedMetadata(proxy, name),
    productNamespace: facts.productNamespace,
    servedNamespaces: facts.servedNamespaces,
    clientCIDRs: facts.clientCIDRs,
    dns: facts.dns,
    apiServer,
    podCIDRs,
    serviceCIDRs,
    nodeCIDRs,
    privateCIDRs: proxy.spec.privateCIDRs ?? [],
    nat64Prefixes: proxy.spec.nat64Prefixes ?? [],
    upstreams: facts.upstreamAddresses,
    agentPorts,
    clientDns: facts.clientDns,
    goAccessClients: goAccessClients(proxy),
  });
}
