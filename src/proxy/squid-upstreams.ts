import type { EgressProxy, Upstream } from '../api/index.ts';
import type { SquidPaths } from './squid-paths.ts';
import { PARENT_CONNECT_SECONDS } from './timing.ts';

/** Whether a CA of its own vouches for the upstream; else the system's authorities do. */
export function hasOwnAuthority({ tls }: Upstream): boolean {
  return tls?.caSecretRef !== undefined || tls?.caConfigMapRef !== undefined;
}

const NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const HOST = /^[A-Za-z0-9_:.[\]-]+$/;
const HEADER = /^X-[A-Za-z0-9-]{1,61}$/;
/** Squid's largest: a peer that it counts as dead is tried again only at the addresses that it had an hour ago. */
const NEVER_DEAD = 2_147_483_647;

/** Whether an upstream's words can stand in squid.conf. Admission sees to that; a stored object is not trusted. */
export function isPlain({ name, host, tls, header }: Upstream): boolean {
  return (
    NAME.test(name) &&
    HOST.test(host) &&
    HOST.test(tls?.serverName ?? host) &&
    (header === undefined || HEADER.test(header.name))
  );
}

/** The upstreams that Squid knows. */
export function knownUpstreams({ spec }: Pick<EgressProxy, 'spec'>): Upstream[] {
  return (spec.upstreams ?? []).filter(isPlain);
}

/**
 * Parent proxies, in the order of the spec: Squid tries them in the order of their cache_peer lines. Which of them
 * own a target, and can be reached, is the agent's to say, request by request, in the note `upstream`. Nothing goes
 * direct but by its word `route=direct`, so that what an upstream owns never does: with every parent down it fails.
 */
export function renderUpstreams(proxy: EgressProxy, paths: SquidPaths): string[] {
  if ((proxy.spec.upstreams ?? []).length === 0) return ['never_direct deny all'];
  const upstreams = knownUpstreams(proxy);
  return [
    'nonhierarchical_direct off',
    'prefer_direct off',
    'acl via_upstream note upstream',
    'acl go_direct note route direct',
    ...upstreams.flatMap((upstream) => renderPeer(upstream, paths)),
    ...(upstreams.some(({ credentialsSecretRef }) => credentialsSecretRef) ? renderLogin() : []),
    ...new Set(upstreams.flatMap(({ header }) => (header === undefined ? [] : renderHeader(header.name)))),
    'never_direct deny go_direct',
    'never_direct allow all',
  ];
}

function renderPeer(upstream: Upstream, paths: SquidPaths): string[] {
  const { name, host, port, connectTimeoutSeconds = PARENT_CONNECT_SECONDS } = upstream;
  const options = [
    'no-query no-digest no-netdb-exchange',
    `connect-timeout=${connectTimeoutSeconds} connect-fail-limit=${NEVER_DEAD}`,
    `name=${name}`,
    ...tlsOptions(upstream, paths),
  ];
  return [
    `cache_peer ${host} parent ${port} 0 ${options.join(' ')}`,
    `acl to_upstream_${name} note -m=, upstream ${name}`,
    `cache_peer_access ${name} allow to_upstream_${name}`,
    `cache_peer_access ${name} deny all`,
  ];
}

/** Not `login=PASS`: that prefers a Proxy-Authorization of the client's own. */
function renderLogin(): string[] {
  return [
    'acl signed_in note login',
    `request_header_add Proxy-Authorization "Basic %'{login}note" signed_in`,
  ];
}

/** The agent names the header only where every parent that Squid may take for this request is to have it. */
function renderHeader(name: string): string[] {
  const acl = `tells_${name.toLowerCase().replaceAll('-', '_')}`;
  return [
    `acl ${acl} note headerName ${name}`,
    `request_header_access ${name} deny all`,
    `request_header_add ${name} "%'{headerValue}note" ${acl}`,
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
