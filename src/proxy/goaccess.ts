import type { EgressProxy } from '../api/index.ts';
import { containerSecurity } from './container-parts.ts';
import { agentPorts, type ProxyFacts } from './proxy-facts.ts';

const FOLDER = '/run/kube-egress-goaccess';
const mount = { name: 'goaccess', mountPath: FOLDER };

export function hasGoAccess({ spec }: EgressProxy): boolean {
  return spec.goAccess?.enabled === true;
}

/** Has no readiness of its own, and restarts GoAccess by itself: a page that fails takes no proxy out of service. */
export function goAccessContainer(proxy: EgressProxy, { image }: ProxyFacts): Record<string, unknown>[] {
  if (!hasGoAccess(proxy)) return [];
  return [
    {
      name: 'goaccess',
      image: proxy.spec.image ?? image,
      imagePullPolicy: 'IfNotPresent',
      command: ['supervise', 'kube-egress', 'goaccess'],
      ports: [{ name: 'goaccess', containerPort: agentPorts.goAccess, protocol: 'TCP' }],
      resources: { requests: { cpu: '20m', memory: '96Mi' }, limits: { memory: '512Mi' } },
      securityContext: containerSecurity,
      volumeMounts: [mount],
    },
  ];
}

export function goAccessVolumes(proxy: EgressProxy): Record<string, unknown>[] {
  return hasGoAccess(proxy) ? [{ name: mount.name, emptyDir: { sizeLimit: '64Mi' } }] : [];
}

/** The agent writes what GoAccess reads. */
export function feedMounts(proxy: EgressProxy): Record<string, unknown>[] {
  return hasGoAccess(proxy) ? [mount] : [];
}

export function feedArgs(proxy: EgressProxy): string[] {
  return hasGoAccess(proxy) ? [`--goaccess-dir=${FOLDER}`] : [];
}

/** Who may open the page otherwise than by a port-forward. */
export function goAccessClients(proxy: EgressProxy): readonly string[] {
  return hasGoAccess(proxy) ? (proxy.spec.goAccess?.service?.allowedCIDRs ?? []) : [];
}
