/**
 * The two formats between Squid and the agent, each defined once: squid.conf is rendered from these lists, and the
 * agent parses with them. Their order is the order of the fields on a line.
 */

/**
 * The ACL request (external_acl): fields separated by a space, each URL-encoded by Squid. Squid adds the channel id
 * before them and an unused `-` (its %DATA) after them. `-` means that there is no value.
 */
export const aclRequestFields = [
  /** The client's address. IPv6 is encoded; only in `host` it has brackets, `%5B` and `%5D`. */
  { name: 'source', code: '%>a' },
  { name: 'sourcePort', code: '%>p' },
  { name: 'method', code: '%>rm' },
  /** `http` and the like; `-` for CONNECT. */
  { name: 'scheme', code: '%>rs' },
  { name: 'host', code: '%>rd' },
  { name: 'port', code: '%>rP' },
  /** What the client asks to change to, such as `websocket`. */
  { name: 'upgrade', code: '%.64{Upgrade}>h' },
] as const;
export type AclRequestField = (typeof aclRequestFields)[number]['name'];

/**
 * Notes of the agent's answer, besides Squid's own keyword `message` for the error page. Squid drops the notes of an
 * answer `ERR`, so that a denial is `OK verdict_=deny`.
 */
export const answerNotes = [
  /** `allow` or `deny`. */
  'verdict',
  'id',
  'reason',
  'namespace',
  'pod',
  'owner',
  /** `<namespace>/<name>#<index>` of the rule that decided. */
  'rule',
  /** `true` if observe mode allows what enforce mode would deny. */
  'wouldDeny',
  /** Names of the reachable upstreams that own the target, in order of preference, separated by commas. */
  'upstream',
  /** `direct` if no upstream owns the target. */
  'route',
  /** `report` or `enforce` if the gate opens the tunnel and reads its server name. */
  'gate',
  /** The name that the gate compares with. */
  'gateName',
  /** User and password for a parent, encoded as in HTTP Basic authentication. */
  'login',
  /** Name of the header for a parent. */
  'headerName',
  'headerValue',
  /** Addresses that passed the checks and may be dialled, separated by commas. */
  'resolved',
  /** The one line for X-Egress-Decision: printable ASCII. */
  'decision',
  /** The refusal as a JSON object in printable ASCII, for X-Egress-Refusal and for clients that accept JSON. */
  'refusal',
] as const;
export type AnswerNote = (typeof answerNotes)[number];

/** A note's name for Squid, which reserves the names without a trailing underscore for itself (src/HelperReply.cc). */
export function noteName<Note extends AnswerNote>(note: Note): `${Note}_` {
  return `${note}_`;
}

/** Notes for Squid's own use, which are not logged. */
const unlogged: readonly AnswerNote[] = [
  'decision',
  'refusal',
  'route',
  'gate',
  'gateName',
  'login',
  'headerName',
  'headerValue',
];

export const loggedNotes = answerNotes.filter((note) => !unlogged.includes(note));

/**
 * A line of the access log: fields separated by tabs, each URL-encoded. A line is written when its request ends or its
 * tunnel closes. Squid cuts a line at 8 KB, so that fields that a client can make long come last, cut at 512 bytes
 * unless they are the URL.
 */
export const accessLogFields = [
  /** Seconds since the epoch with milliseconds, when the request arrived. */
  { name: 'start', code: '%tS' },
  /** Milliseconds from the request's arrival to its end. */
  { name: 'durationMs', code: '%tr' },
  /** Seconds since the epoch with milliseconds, when the line was written, as in Squid's own formats. */
  { name: 'end', code: '%ts.%03tu' },
  { name: 'source', code: '%>a' },
  { name: 'sourcePort', code: '%>p' },
  { name: 'method', code: '%#>rm' },
  { name: 'host', code: '%#>rd' },
  { name: 'port', code: '%>rP' },
  { name: 'status', code: '%>Hs' },
  /** Squid's result code, such as TCP_TUNNEL or TCP_DENIED. */
  { name: 'result', code: '%Ss' },
  /** How the next hop was chosen: HIER_DIRECT, FIRSTUP_PARENT, HIER_NONE. */
  { name: 'hierarchy', code: '%Sh' },
  /** The dialled address, which may be the parent's; `-` if there is none. */
  { name: 'serverAddress', code: '%<a' },
  { name: 'serverPort', code: '%<p' },
  /** Name of the server or of the parent that was used. */
  { name: 'nextHop', code: '%<A' },
  /** HTTP status of the next hop; `-` if it did not answer. */
  { name: 'nextHopStatus', code: '%<Hs' },
  { name: 'bytesFromClient', code: '%>st' },
  { name: 'bytesToClient', code: '%<st' },
  /** Version of the request line, such as 1.1. */
  { name: 'httpVersion', code: '%>rv' },
  /** Content type of the response. */
  { name: 'mimeType', code: '%mt' },
  ...loggedNotes.map((name) => ({ name, code: `%#{${noteName(name)}}note` }) as const),
  { name: 'referer', code: '%#.512{Referer}>h' },
  { name: 'userAgent', code: '%#.512{User-Agent}>h' },
  { name: 'url', code: '%#>ru' },
] as const;
export type AccessLogField = (typeof accessLogFields)[number]['name'];

/** The name of our logformat in squid.conf. */
export const LOG_FORMAT = 'egress';
