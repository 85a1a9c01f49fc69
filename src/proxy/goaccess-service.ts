import type { DesiredObject, EgressProxy } from '../api/index.ts';
import { selectorOf } from './deployment.ts';
import { hasGoAccess } from './goaccess.ts';
import { agentPorts } from './proxy-facts.ts';
import { ownedMetadata, proxyNames } from './proxy-names.ts';

/** A pod shows its own traffic: who looks stays with one. */
export function renderGoAccessService(proxy: EgressProxy): DesiredObject[] {
  const { service } = proxy.spec.goAccess ?? {};
  if (!hasGoAccess(proxy) || service === undefined) return [];
  const { type = 'ClusterIP', nodePort } = service;
  const port = { name: 'goaccess', protocol: 'TCP', port: agentPorts.goAccess, targetPort: 'goaccess' };
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: ownedMetadata(proxy, proxyNames(proxy).goAccessService),
      spec: {
        type,
        ipFamilyPolicy: 'PreferDualStack',
        sessionAffinity: 'ClientIP',
        // Local keeps the viewer's address, which allowedCIDRs look at.
        ...(type === 'ClusterIP' ? {} : { externalTrafficPolicy: 'Local' }),
        selector: selectorOf(proxy),
        ports: [{ ...port, ...(nodePort === undefined || type === 'ClusterIP' ? {} : { nodePort }) }],
      },
    },
  ];
}
