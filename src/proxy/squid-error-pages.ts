import { allowedMethods } from '../rules/index.ts';
import { REQUEST_HEADER_BYTES } from './timing.ts';

/**
 * Squid's error pages, one line each. Squid needs a file for each of its error names (src/error/forward.h of Squid 5)
 * and logs each missing one. `%o` is the agent's message, `%U` the URL, `%z` the resolver's error, `%E` the system's
 * error. Squid escapes them for HTML.
 */
const ownPages = {
  /** Denied by the agent, with its message. */
  EGRESS_DENIED: '%o',
  /** Denied by the agent, for a client that accepts JSON. The apostrophe prevents escapes: the agent's JSON has none. */
  EGRESS_JSON: "@Squid{%'{refusal_}note}",
  /** No parent can be reached, with the agent's message. */
  EGRESS_UPSTREAM: '%o',
  /** No decision: the relay gave up, or Squid's queue of ACL requests was full. */
  EGRESS_UNDECIDED: 'AgentUnavailable: the proxy could not check whether %U is allowed. Try again.',
  EGRESS_METHOD: `MethodNotAllowed: this proxy does not allow the method %M. Use ${[...allowedMethods].join(', ')}, or HTTPS, whose methods it does not see.`,
  EGRESS_PRIVATE:
    'PrivateDestination: %U has an address that is not public. The operator of the proxy can open its range (privateCIDRs).',
  EGRESS_INTERNAL: 'ProxyItself: %U is a page of the proxy itself, which is not accessible.',
} as const;

const squidPages: Record<string, string> = {
  // Squid's page for a failed helper: no ACL denied the request, so that no deny_info applies.
  ACCESS_DENIED: 'AgentUnavailable: the proxy could not check whether %U is allowed. Try again.',
  DNS_FAIL: 'NameNotResolved: DNS has no address for %H: %z. Check its spelling.',
  CONNECT_FAIL:
    'The proxy allows %H, but it, or the parent proxy before it, did not accept the connection: %E. Check name and port, and whether the server runs.',
  SECURE_CONNECT_FAIL:
    'The TLS handshake with the parent proxy failed: %E. Contact the operator of the proxy: status.upstreams of the EgressProxy has the error.',
  CANNOT_FORWARD:
    'UpstreamUnavailable: no parent proxy for %U can be reached. Try again, and contact the operator of the proxy if it persists.',
  READ_TIMEOUT: '%H did not answer within idleSeconds of the EgressProxy.',
  READ_ERROR: 'Reading from %H failed: %E',
  WRITE_ERROR: 'Writing to %H failed: %E',
  ZERO_SIZE_OBJECT: '%H closed the connection without a response.',
  // Squid has one page for both (MAX_URL of src/defines.h).
  INVALID_URL:
    'MalformedTarget: the URL is longer than 8,191 bytes, the most that this proxy reads, or it has no valid host and port.',
  TOO_BIG: `The head of the request, which is its URL and its headers, is larger than ${REQUEST_HEADER_BYTES / 1024} KiB, the most that this proxy reads.`,
  INVALID_REQ: 'MalformedTarget: the request is not valid HTTP for a proxy.',
  SHUTTING_DOWN: 'This proxy is stopping. Try again.',
};

const otherNames = [
  'ACL_TIME_QUOTA_EXCEEDED',
  'AGENT_CONFIGURE',
  'AGENT_WPAD',
  'CACHE_ACCESS_DENIED',
  'CACHE_MGR_ACCESS_DENIED',
  'CONFLICT_HOST',
  'DIR_LISTING',
  'ESI',
  'FORWARDING_DENIED',
  'FTP_DISABLED',
  'FTP_FAILURE',
  'FTP_FORBIDDEN',
  'FTP_NOT_FOUND',
  'FTP_PUT_CREATED',
  'FTP_PUT_ERROR',
  'FTP_PUT_MODIFIED',
  'FTP_UNAVAILABLE',
  'GATEWAY_FAILURE',
  'ICAP_FAILURE',
  'INVALID_RESP',
  'LIFETIME_EXP',
  'NO_RELAY',
  'ONLY_IF_CACHED_MISS',
  'PRECONDITION_FAILED',
  'PROTOCOL_UNKNOWN',
  'SOCKET_FAILURE',
  'UNSUP_HTTPVERSION',
  'UNSUP_REQ',
  'URN_RESOLVE',
];

export type OwnPage = `ERR_${keyof typeof ownPages}`;

/** Files of error_directory: name and content. */
export function renderErrorPages(): Record<string, string> {
  const generic = Object.fromEntries(
    otherNames.map((name) => [name, 'The proxy could not process the request: %U (%c)']),
  );
  const pages: Record<string, string> = { ...ownPages, ...squidPages, ...generic };
  const files = Object.entries(pages).map(([name, line]) => [`ERR_${name}`, `${line}\n`] as const);
  return { ...Object.fromEntries(files), 'error-details.txt': '' };
}
