import type { EgressProxy, Upstream } from '../api/index.ts';
import type { SquidPaths } from './squid-paths.ts';

/** Whether a CA of its own vouches for the upstream; else the system's authorities do. */
export function hasOwnAuthority({ tls }: Upstream): boolean {
  return tls?.caSecretRef !== undefined || tls?.caConfigMapRef !== undefined;
}

const NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const HOST = /^[A-Za-z0-9_:.[\]-]+$/;

/** Whether an upstream's words can stand in squid.conf. Admission sees to that; a stored object is not trusted. */
function isPlain({ name, host, tls }: Upstream): boolean {
  return NAME.test(name) && HOST.test(host) && HOST.test(tls?.serverName ?? host);
}

/**
 * Parent proxies, in the order of the spec: Squid tries them in the order of their cache_peer lines. Which of them
 * own a target is the agent's to say, request by request, in the note `upstream`. What an upstream owns never goes
 * direct: with every parent down the request fails.
 */
export function renderUpstreams({ spec }: EgressProxy, paths: SquidPaths): string[] {
  const upstreams = spec.upstreams ?? [];
  if (upstreams.length === 0) return ['never_direct deny all'];
  return [
    'nonhierarchical_direct off',
    'prefer_direct off',
    'acl via_upstream note upstream',
    ...upstreams.filter(isPlain).flatMap((upstream) => renderPeer(upstream, paths)),
    // An upstream without targets owns everything: even a missing note must not open a way around it. Nor may
    // one that is left out.
    upstreams.some((upstream) => upstream.targets === undefined || !isPlain(upstream))
      ? 'never_direct allow all'
      : 'never_direct allow via_upstream',
  ];
}

function renderPeer(upstream: Upstream, paths: SquidPaths): string[] {
  const { name, host, port } = upstream;
  const options = [
    'no-query no-digest no-netdb-exchange',
    'connect-timeout=5 connect-fail-limit=2',
    `name=${name}`,
    ...(upstream.credentialsSecretRef === undefined ? [] : ['login=PASS']),
    ...tlsOptions(upstream, paths),
  ];
  return [
    `cache_peer ${host} parent ${port} 0 ${options.join(' ')}`,
    `acl to_upstream_${name} note -m=, upstream ${name}`,
    `cache_peer_access ${name} allow to_upstream_${name}`,
    `cache_peer_access ${name} deny all`,
  ];
}

function tlsOptions(upstream: Upstream, paths: SquidPaths): string[] {
  const { tls, name, host } = upstream;
  if (tls === undefined) return [];
  const authority = hasOwnAuthority(upstream)
    ? [`tls-cafile=${paths.upstreamCertificates}/${name}/ca.crt`, 'tls-default-ca=off']
    : ['tls-default-ca=on'];
  return ['tls', ...authority, `ssldomain=${tls.serverName ?? host}`];
}
