/**
 * Squid's error pages, each one line. Squid wants a file for every name that it knows (src/error/forward.h of
 * Squid 5) and complains about each that is missing. `%o` is the agent's message, `%U` the URL, `%z` the resolver's
 * answer, `%E` the system's error; Squid encodes all of them for HTML.
 */
const ownPages = {
  /** What the agent refused, in its words. */
  EGRESS_DENIED: '%o',
  /** What no parent can be reached for, in the agent's words. */
  EGRESS_UPSTREAM: '%o',
  /** What no agent has decided: the relay gave up, or Squid's queue of questions was full. */
  EGRESS_UNDECIDED: 'AgentUnavailable: nobody could decide about %U; try again.',
  EGRESS_METHOD: 'MethodNotAllowed: %M is not among the methods that may leave.',
  EGRESS_PRIVATE: 'PrivateDestination: %U leads to an address that is not public.',
  EGRESS_INTERNAL: 'ProxyItself: %U is a page of the proxy itself.',
} as const;

const squidPages: Record<string, string> = {
  // Squid's own word for a helper that fails: no ACL is to blame, so that no deny_info applies.
  ACCESS_DENIED: 'AgentUnavailable: nobody could decide about %U; try again.',
  DNS_FAIL: 'NameNotResolved: %H: %z',
  CONNECT_FAIL: '%H, or the parent proxy on the way there, did not answer: %E',
  SECURE_CONNECT_FAIL: 'The TLS handshake with the parent proxy failed: %E',
  CANNOT_FORWARD: 'No parent proxy that owns %U can be reached, and nothing goes around it.',
  READ_TIMEOUT: '%H sent nothing in time.',
  READ_ERROR: 'Reading from %H failed: %E',
  WRITE_ERROR: 'Writing to %H failed: %E',
  ZERO_SIZE_OBJECT: '%H closed the connection without an answer.',
  INVALID_URL: 'MalformedTarget: the request names no host and port that can be used.',
  INVALID_REQ: 'MalformedTarget: the request is no HTTP that a proxy can read.',
  SHUTTING_DOWN: 'This proxy is stopping; try again.',
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
  'TOO_BIG',
  'UNSUP_HTTPVERSION',
  'UNSUP_REQ',
  'URN_RESOLVE',
];

export type OwnPage = `ERR_${keyof typeof ownPages}`;

/** File name to content, for the folder that error_directory names. */
export function renderErrorPages(): Record<string, string> {
  const generic = Object.fromEntries(
    otherNames.map((name) => [name, 'The proxy could not do this: %U (%c)']),
  );
  const pages: Record<string, string> = { ...ownPages, ...squidPages, ...generic };
  const files = Object.entries(pages).map(([name, line]) => [`ERR_${name}`, `${line}\n`] as const);
  return { ...Object.fromEntries(files), 'error-details.txt': '' };
}
