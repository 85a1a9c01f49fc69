import type { DesiredObject, EgressProxy } from '../api/index.ts';
import { agentPorts } from './proxy-facts.ts';
import { ownedMetadata, proxyNames, selectorOf } from './proxy-names.ts';

const FOLDER = '/run/kube-egress-goaccess';
const mount = { name: 'goaccess', mountPath: FOLDER };

export function hasGoAccess({ spec }: EgressProxy): boolean {
  return spec.goAccess?.enabled === true;
}

export function goAccessVolumes(proxy: EgressProxy): Record<string, unknown>[] {
  return hasGoAccess(proxy) ? [{ name: mount.name, emptyDir: { sizeLimit: '64Mi' } }] : [];
}

/** The folder in which the agent writes the log for GoAccess. */
export function feedMounts(proxy: EgressProxy): Record<string, unknown>[] {
  return hasGoAccess(proxy) ? [mount] : [];
}

export function feedArgs(proxy: EgressProxy): string[] {
  return hasGoAccess(proxy) ? [`--goaccess-dir=${FOLDER}`] : [];
}

/** Client ranges that may open the page. A port-forward needs none. */
export function goAccessClients(proxy: EgressProxy): readonly string[] {
  return hasGoAccess(proxy) ? (proxy.spec.goAccess?.service?.allowedCIDRs ?? []) : [];
}

/** The Service of the page. Its session affinity keeps a viewer at one pod, since each pod shows its own traffic. */
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
        // Local keeps the viewer's address, to which allowedCIDRs apply.
        ...(type === 'ClusterIP' ? {} : { externalTrafficPolicy: 'Local' }),
        selector: selectorOf(proxy),
        ports: [{ ...port, ...(nodePort === undefined || type === 'ClusterIP' ? {} : { nodePort }) }],
      },
    },
  ];
}
