import type { EgressProxy, Upstream } from '../api/index.ts';
import { parseBytes } from '../rules/index.ts';
import { feedMounts, goAccessVolumes } from './goaccess.ts';
import { logMounts, logVolumes } from './log-volume.ts';
import { proxyNames } from './proxy-names.ts';
import { hasOwnAuthority } from './squid-upstreams.ts';
import { DEFAULT_LOG_CAP_BYTES, RUN_VOLUME_BYTES, STATE_VOLUME_BYTES } from './timing.ts';

const TOKEN_FOLDER = '/var/run/secrets/kubernetes.io/serviceaccount';
/** Folder of the parents' credentials in the agent: `<upstream>/username` and `<upstream>/password`. */
export const CREDENTIALS_FOLDER = '/etc/kube-egress-credentials';

/** Folder of the parents' certificate authorities in the agent: `<upstream>/ca.crt`. Squid mounts them elsewhere. */
export const AUTHORITIES_FOLDER = '/etc/kube-egress-squid/upstreams';

/** Volumes of the pod. Only the agent mounts the API token and the credentials. */
export function podVolumes(proxy: EgressProxy): Record<string, unknown>[] {
  const names = proxyNames(proxy);
  return [
    { name: 'run', emptyDir: { sizeLimit: `${runVolumeMebibytes(proxy)}Mi` } },
    { name: 'state', emptyDir: { sizeLimit: `${STATE_VOLUME_BYTES >> 20}Mi` } },
    { name: 'squid', projected: { defaultMode: 0o444, sources: squidSources(proxy) } },
    { name: 'agent-tls', secret: { secretName: names.agentTlsSecret, defaultMode: 0o440 } },
    { name: 'token', projected: { defaultMode: 0o440, sources: tokenSources() } },
    // Not in `run`, which Squid mounts too.
    ...(proxy.spec.closeRevoked ? [{ name: 'closer', emptyDir: { sizeLimit: '1Mi' } }] : []),
    ...withCredentials(proxy).map(({ name, credentialsSecretRef }) => ({
      name: `credentials-${name}`,
      secret: { secretName: credentialsSecretRef?.name, defaultMode: 0o440 },
    })),
    ...logVolumes(proxy),
    ...goAccessVolumes(proxy),
  ];
}

/** The segments leave half of the volume, since the kubelet evicts a pod whose volume is larger than its limit. */
function runVolumeMebibytes({ spec }: EgressProxy): number {
  const logBytes = parseBytes(spec.accessLog?.maxSize ?? '') ?? DEFAULT_LOG_CAP_BYTES;
  return Math.ceil(Math.max(RUN_VOLUME_BYTES, 2 * logBytes) / 2 ** 20);
}

export function closerMounts(): Record<string, unknown>[] {
  return [{ name: 'closer', mountPath: '/run/kube-egress-closer' }];
}

export function gateMounts(): Record<string, unknown>[] {
  return [{ name: 'run', mountPath: '/run/kube-egress' }];
}

export function squidMounts(): Record<string, unknown>[] {
  return [
    { name: 'run', mountPath: '/run/kube-egress' },
    { name: 'squid', mountPath: '/etc/kube-egress', readOnly: true },
  ];
}

export function agentMounts(proxy: EgressProxy): Record<string, unknown>[] {
  return [
    { name: 'run', mountPath: '/run/kube-egress' },
    { name: 'state', mountPath: '/var/lib/kube-egress' },
    { name: 'agent-tls', mountPath: '/etc/kube-egress/tls', readOnly: true },
    { name: 'token', mountPath: TOKEN_FOLDER, readOnly: true },
    ...(hasUpstreams(proxy) ? [{ name: 'squid', mountPath: '/etc/kube-egress-squid', readOnly: true }] : []),
    ...(proxy.spec.closeRevoked ? closerMounts() : []),
    ...withCredentials(proxy).map(({ name }) => ({
      name: `credentials-${name}`,
      mountPath: `${CREDENTIALS_FOLDER}/${name}`,
      readOnly: true,
    })),
    ...logMounts(proxy),
    ...feedMounts(proxy),
  ];
}

function hasUpstreams({ spec }: EgressProxy): boolean {
  return (spec.upstreams ?? []).length > 0;
}

function withCredentials({ spec }: EgressProxy): Upstream[] {
  return (spec.upstreams ?? []).filter(({ credentialsSecretRef }) => credentialsSecretRef !== undefined);
}

/** One folder with squid.conf and, below upstreams/, the certificate authorities that it names. */
function squidSources(proxy: EgressProxy): Record<string, unknown>[] {
  const authorities = (proxy.spec.upstreams ?? []).filter(hasOwnAuthority).flatMap(authoritySources);
  return [
    { configMap: { name: proxyNames(proxy).configMap, items: [{ key: 'squid.conf', path: 'squid.conf' }] } },
    ...authorities,
  ];
}

function authoritySources({ name, tls }: Upstream): Record<string, unknown>[] {
  const path = `upstreams/${name}/ca.crt`;
  const source = (ref: { name: string; key?: string }) => ({
    name: ref.name,
    items: [{ key: ref.key ?? 'ca.crt', path }],
  });
  if (tls?.caSecretRef !== undefined) return [{ secret: source(tls.caSecretRef) }];
  return tls?.caConfigMapRef === undefined ? [] : [{ configMap: source(tls.caConfigMapRef) }];
}

/** The volume that automountServiceAccountToken would mount into every container. */
function tokenSources(): Record<string, unknown>[] {
  return [
    { serviceAccountToken: { path: 'token', expirationSeconds: 3607 } },
    { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
    {
      downwardAPI: {
        items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
      },
    },
  ];
}
