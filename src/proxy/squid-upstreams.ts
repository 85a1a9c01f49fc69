import type { EgressProxy, Upstream } from '../api/index.ts';
import type { SquidPaths } from './squid-paths.ts';
import { PARENT_CONNECT_SECONDS } from './timing.ts';

/** Whether the upstream has its own certificate authority; otherwise the system's are used. */
export function hasOwnAuthority({ tls }: Upstream): boolean {
  return tls?.caSecretRef !== undefined || tls?.caConfigMapRef !== undefined;
}

const NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const HOST = /^[A-Za-z0-9_:.[\]-]+$/;
const HEADER = /^X-[A-Za-z0-9-]{1,61}$/;
/** Squid's largest number: it re-resolves a dead peer only once an hour, so that no peer may ever count as dead. */
export const NEVER_DEAD = 2_147_483_647;

/** Whether an upstream's texts are safe in squid.conf. Admission validates them, but a stored object is not trusted. */
export function isPlain({ name, host, tls, header }: Upstream): boolean {
  return (
    NAME.test(name) &&
    HOST.test(host) &&
    HOST.test(tls?.serverName ?? host) &&
    (header === undefined || HEADER.test(header.name))
  );
}

/** The upstreams in squid.conf. */
export function knownUpstreams({ spec }: Pick<EgressProxy, 'spec'>): Upstream[] {
  return (spec.upstreams ?? []).filter(isPlain);
}

/**
 * Parent proxies. Squid tries them in the order of their cache_peer lines, which is that of the spec. For each request
 * the agent names the parents to try in the note `upstream_`. A request goes direct only with the note `route_=direct`:
 * one that an upstream owns never does, and fails if every parent is down.
 */
export function renderUpstreams(proxy: EgressProxy, paths: SquidPaths): string[] {
  if ((proxy.spec.upstreams ?? []).length === 0) return ['never_direct deny all'];
  const upstreams = knownUpstreams(proxy);
  return [
    'nonhierarchical_direct off',
    'prefer_direct off',
    'acl via_upstream note upstream_',
    'acl go_direct note route_ direct',
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
    `acl to_upstream_${name} note -m=, upstream_ ${name}`,
    `cache_peer_access ${name} allow to_upstream_${name}`,
    `cache_peer_access ${name} deny all`,
  ];
}

/** The parent's login. `login=PASS` would prefer a Proxy-Authorization header of the client. */
function renderLogin(): string[] {
  return [
    'acl signed_in note login_',
    `request_header_add Proxy-Authorization "Basic %'{login_}note" signed_in`,
  ];
}

/** A parent's header. The agent names it only if all parents of the request have the same header. */
function renderHeader(name: string): string[] {
  const acl = `tells_${name.toLowerCase().replaceAll('-', '_')}`;
  return [
    `acl ${acl} note headerName_ ${name}`,
    `request_header_access ${name} deny all`,
    `request_header_add ${name} "%'{headerValue_}note" ${acl}`,
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
