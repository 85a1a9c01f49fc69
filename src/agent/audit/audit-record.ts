import { createHash } from 'node:crypto';
import type { AuditRecord, DecisionReason } from '../../api/index.ts';
import { formatDestination, parseDestination } from '../../rules/index.ts';
import { canonicalAddress } from '../squid-acl/index.ts';
import type { AccessLine, ParsedLine } from './access-line.ts';

export interface AuditRecordOptions {
  query: 'Keep' | 'Redact';
  /** Whose address it is now: for requests that Squid refused before it asked. */
  identify: (address: string) => Pick<AuditRecord, 'namespace' | 'pod' | 'owner'> | undefined;
}

/** A line of the audit log, without its end, and what it says. */
export interface Printed {
  text: string;
  record: AuditRecord;
}

/** Squid's placeholders where no request could be read, such as a health check that only connects. */
const NO_REQUEST = 'error:transaction-end-before-headers';

/** A name of 253 characters with a port, and some. */
const LONGEST_TARGET = 300;

export function isRequest({ url }: AccessLine): boolean {
  return url !== NO_REQUEST;
}

/**
 * Undefined for a line that tells of no request. What the line does not say is undefined, and so left out of its JSON: a
 * record of one shape is made in a fraction of the time.
 */
export function buildAuditRecord(line: ParsedLine, options: AuditRecordOptions): AuditRecord | undefined {
  if (!isRequest(line)) return undefined;
  const client = canonicalAddress(line.source ?? '');
  const { method } = line;
  const by = line.verdict === undefined ? undecided(line, client, options) : decided(line);
  const hop = nextHop(line);
  const record: Loose<AuditRecord> = {
    id: line.id ?? idOfLine(line),
    time: new Date(Number(line.start) * 1000).toISOString(),
    namespace: by.namespace,
    pod: by.pod,
    owner: by.owner,
    verdict: by.verdict,
    wouldDeny: by.wouldDeny,
    reason: by.reason,
    rule: by.rule,
    client,
    method,
    target: targetOf(line),
    url: method === 'CONNECT' ? undefined : showUrl(line.url, options.query),
    userAgent: line.userAgent,
    resolvedIP: hop.resolvedIP,
    upstream: hop.upstream,
    upstreamStatus: hop.upstreamStatus,
    status: Number(line.status ?? 0) || undefined,
    result: line.result,
    bytesReceived: Number(line.bytesFromClient ?? 0),
    bytesSent: Number(line.bytesToClient ?? 0),
    durationMs: Number(line.durationMs ?? 0),
  };
  return record as AuditRecord;
}

/** For what Squid refused by itself: from the line, which is the same however often and wherever it is written. */
function idOfLine({ line }: ParsedLine): string {
  return `line-${createHash('sha256').update(line).digest('hex').slice(0, 12)}`;
}

type Decided = Partial<
  Loose<Pick<AuditRecord, 'namespace' | 'pod' | 'owner' | 'verdict' | 'wouldDeny' | 'reason' | 'rule'>>
>;

function decided(line: AccessLine): Decided {
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
function undecided(line: AccessLine, client: string, { identify }: AuditRecordOptions): Decided {
  const reason: DecisionReason | undefined = line.status === undefined ? undefined : 'MalformedTarget';
  return { ...identify(client), verdict: 'deny' as const, reason };
}

/** With a parent, `%<a` is the parent's address, and the parent is the last one that was tried. */
function nextHop(
  line: AccessLine,
): Partial<Loose<Pick<AuditRecord, 'resolvedIP' | 'upstream' | 'upstreamStatus'>>> {
  if (line.hierarchy === 'HIER_DIRECT') return { resolvedIP: line.serverAddress };
  const { upstream, nextHop, nextHopStatus } = line;
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
