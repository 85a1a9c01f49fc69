/**
 * The two lines that cross from Squid to the agent, each written once: Squid's configuration is rendered from
 * these lists and the agent parses by them. The order is the order on the line.
 */

/**
 * The question of external_acl: fields separated by one space, each URL-encoded by Squid. Squid puts the channel
 * id in front and an unused `-` (its %DATA) behind. `-` stands for a value that is not there.
 */
export const questionFields = [
  /** The client's address; IPv6 arrives encoded, `%5B` and `%5D` around it only in `host`. */
  { name: 'source', code: '%>a' },
  { name: 'sourcePort', code: '%>p' },
  { name: 'method', code: '%>rm' },
  /** `http` and the like; `-` for CONNECT. */
  { name: 'scheme', code: '%>rs' },
  { name: 'host', code: '%>rd' },
  { name: 'port', code: '%>rP' },
] as const;
export type QuestionField = (typeof questionFields)[number]['name'];

/**
 * What the agent adds to its answer `OK`, beside Squid's own keyword (`message` for the page). An answer of `ERR` would leave no notes, so a refusal is
 * `OK verdict=deny` too.
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
  /** `true` where observe mode lets pass what enforce would refuse. */
  'wouldDeny',
  /** Names of the upstreams that own the target and can be reached, in order of preference, separated by commas. */
  'upstream',
  /** `direct` where no upstream owns the target. */
  'route',
  /** User and password for a parent, as HTTP's Basic has them. */
  'login',
  /** The header that a parent gets. */
  'headerName',
  'headerValue',
  /** The addresses that were judged and may be dialled, separated by commas. */
  'resolved',
  /** The one line for X-Egress-Decision: printable ASCII. */
  'decision',
] as const;
export type AnswerNote = (typeof answerNotes)[number];

/** Notes that are for Squid's own use and stand in no log line. */
const unlogged: readonly AnswerNote[] = ['decision', 'route', 'login', 'headerName', 'headerValue'];

export const loggedNotes = answerNotes.filter((note) => !unlogged.includes(note));

/**
 * A line of the access log: fields separated by tabs, each URL-encoded. A line is written when its request ends, a
 * tunnel's when it closes. Squid cuts a line at 8 KB, so the fields that a client can make long come last, and
 * those before the URL are cut at 512 bytes.
 */
export const accessLogFields = [
  /** Seconds since the epoch with milliseconds, when the request arrived. */
  { name: 'start', code: '%tS' },
  /** Milliseconds from the request's arrival to its end. */
  { name: 'durationMs', code: '%tr' },
  /** Seconds since the epoch with milliseconds, when the line was written: the time that Squid's own formats show. */
  { name: 'end', code: '%ts.%03tu' },
  { name: 'source', code: '%>a' },
  { name: 'sourcePort', code: '%>p' },
  { name: 'method', code: '%#>rm' },
  { name: 'host', code: '%#>rd' },
  { name: 'port', code: '%>rP' },
  { name: 'status', code: '%>Hs' },
  /** Squid's own word, such as TCP_TUNNEL or TCP_DENIED. */
  { name: 'result', code: '%Ss' },
  /** How the next hop was chosen: HIER_DIRECT, FIRSTUP_PARENT, HIER_NONE. */
  { name: 'hierarchy', code: '%Sh' },
  /** The address that was dialled, or the parent's; `-` when none was. */
  { name: 'serverAddress', code: '%<a' },
  { name: 'serverPort', code: '%<p' },
  /** The name of the server, or of the parent that was taken. */
  { name: 'nextHop', code: '%<A' },
  /** What the next hop answered; `-` where it did not. */
  { name: 'nextHopStatus', code: '%<Hs' },
  { name: 'bytesFromClient', code: '%>st' },
  { name: 'bytesToClient', code: '%<st' },
  /** Of the request line, such as 1.1. */
  { name: 'httpVersion', code: '%>rv' },
  /** Of the answer. */
  { name: 'mimeType', code: '%mt' },
  ...loggedNotes.map((name) => ({ name, code: `%#{${name}}note` }) as const),
  { name: 'referer', code: '%#.512{Referer}>h' },
  { name: 'userAgent', code: '%#.512{User-Agent}>h' },
  { name: 'url', code: '%#>ru' },
] as const;
export type AccessLogField = (typeof accessLogFields)[number]['name'];

/** The name of our logformat in squid.conf. */
export const LOG_FORMAT = 'egress';
