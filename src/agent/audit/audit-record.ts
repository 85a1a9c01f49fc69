import { createHash } from 'node:crypto';
import type { AuditRecord, DecisionReason } from '../../api/index.ts';
import { formatDestination, parseDestination } from '../../rules/index.ts';
import { canonicalAddress } from '../question/question.ts';
import type { AccessLine } from './access-line.ts';

export interface AuditRecordOptions {
  query: 'Keep' | 'Redact';
  /** Whose address it is now: for requests that Squid refused before it asked. */
  identify: (address: string) => Pick<AuditRecord, 'namespace' | 'pod' | 'owner'> | undefined;
}

/** Squid's placeholders where no request could be read, such as a health check that only connects. */
const NO_REQUEST = 'error:transaction-end-before-headers';

/** A name of 253 characters with a port, and some. */
const LONGEST_TARGET = 300;

export function isRequest({ url }: AccessLine): boolean {
  return url !== NO_REQUEST;
}

/** Undefined for a line that tells of no request. */
export function buildAuditRecord(line: AccessLine, options: AuditRecordOptions): AuditRecord | undefined {
  if (!isRequest(line)) return undefined;
  const client = canonicalAddress(line.source ?? '');
  return present({
    id: line.id ?? idOfLine(line),
    time: new Date(Number(line.start) * 1000).toISOString(),
    ...(line.verdict === undefined ? undecided(line, client, options) : decided(line)),
    client,
    method: line.method,
    target: targetOf(line),
    url: line.method === 'CONNECT' ? undefined : showUrl(line.url, options.query),
    userAgent: line.userAgent,
    ...nextHop(line),
    status: Number(line.status ?? 0) || undefined,
    result: line.result,
    bytesReceived: Number(line.bytesFromClient ?? 0),
    bytesSent: Number(line.bytesToClient ?? 0),
    durationMs: Number(line.durationMs ?? 0),
  });
}

/** For what Squid refused by itself: from the line, which is the same however often and wherever it is written. */
function idOfLine(line: AccessLine): string {
  const hash = createHash('sha256').update(Object.values(line).join('\t'));
  return `line-${hash.digest('hex').slice(0, 12)}`;
}

function decided(line: AccessLine) {
  return {
    namespace: line.namespace,
    pod: line.pod,
    owner: line.owner,
    verdict: line.verdict === 'allow' ? ('allow' as const) : ('deny' as const),
    wouldDeny: line.wouldDeny === 'true' ? (true as const) : undefined,
    reason: line.reason as DecisionReason | undefined,
    rule: line.rule,
  };
}

/** Squid refused it without a question: it was no request that a proxy can read, or the client left before. */
function undecided(line: AccessLine, client: string, { identify }: AuditRecordOptions) {
  const reason: DecisionReason | undefined = line.status === undefined ? undefined : 'MalformedTarget';
  return { ...identify(client), verdict: 'deny' as const, reason };
}

/** With a parent, `%<a` is the parent's address, and the parent is the last one that was tried. */
function nextHop({ hierarchy, serverAddress, nextHop, nextHopStatus, upstream }: AccessLine) {
  if (hierarchy === 'HIER_DIRECT') return { resolvedIP: serverAddress };
  if (upstream === undefined || nextHop === undefined) return { upstream };
  return { upstream: nextHop, upstreamStatus: Number(nextHopStatus ?? 0) || undefined };
}

/** Squid parses no host out of a request that it refuses to read; the URL may still show one. */
function targetOf({ host, port, url = '' }: AccessLine): string {
  if (host !== undefined) return port === undefined ? host : canonicalTarget(host, port);
  const [, authority = url] = /^[a-z][a-z0-9+.-]*:\/\/(?:[^/?#@]*@)?([^/?#]+)/i.exec(url) ?? [];
  return authority.slice(0, LONGEST_TARGET);
}

/** In the one spelling of rules, so that who looks for a name finds it however a client wrote it. */
function canonicalTarget(host: string, port: string): string {
  const parsed = parseDestination(host, Number(port));
  return parsed.ok ? formatDestination(parsed.destination) : `${host}:${port}`;
}

/** User and password are never shown. */
export function showUrl(url: string | undefined, query: 'Keep' | 'Redact'): string | undefined {
  const shown = url?.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/?#@]*@/i, '$1');
  return query === 'Keep' ? shown : shown?.replace(/\?.*$/s, '?redacted');
}

type Loose<T> = { [Key in keyof T]: T[Key] | undefined };

function present(
  record: Loose<AuditRecord> & AuditRecord extends never ? never : Loose<AuditRecord>,
): AuditRecord {
  const found: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(record)) if (value !== undefined) found[key] = value;
  return found as unknown as AuditRecord;
}
