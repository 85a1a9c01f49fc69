import { createHash } from 'node:crypto';
import type { AuditRecord, DecisionReason } from '../../api/index.ts';
import { canonicalAddress, formatDestination, parseDestination } from '../../rules/index.ts';
import type { GateReport } from '../gate/index.ts';
import type { AccessLine, ParsedLine } from './access-line.ts';

export interface AuditRecordOptions {
  query: 'Keep' | 'Redact';
  /** Finds the pod that has the address now, for requests that Squid denied without an ACL request. */
  identify: (address: string) => Pick<AuditRecord, 'namespace' | 'pod' | 'owner'> | undefined;
  /** What the gate reported of the tunnel of a decision; undefined if the gate did not open it. */
  gateReport: (id: string) => GateReport | undefined;
}

/** A line of the audit log, without the line end, and its record. */
export interface AuditLine {
  text: string;
  record: AuditRecord;
  /**
   * The client's port, and when the request ended in milliseconds since the epoch, if Squid logged it without the agent's
   * decision.
   */
  undecided?: { port: number; time: number };
}

/** Squid's URL for a connection without a request, such as a health check that only connects. */
const NO_REQUEST = 'error:transaction-end-before-headers';

/** Characters; enough for a DNS name of 253 characters and a port. */
const LONGEST_TARGET = 300;

export function isRequest({ url }: AccessLine): boolean {
  return url !== NO_REQUEST;
}

/**
 * Undefined for a line that describes no request. Fields without a value are undefined, which JSON leaves out: objects
 * of one shape are several times faster to build.
 */
export function buildAuditRecord(line: ParsedLine, options: AuditRecordOptions): AuditRecord | undefined {
  if (!isRequest(line)) return undefined;
  const client = canonicalAddress(line.source ?? '');
  const { method } = line;
  const gate = options.gateReport(line.id ?? '');
  const by = line.verdict === undefined ? undecided(line, client, options) : withGate(decided(line), gate);
  const hop = nextHop(line, gate);
  const record: WithUndefined<AuditRecord> = {
    id: line.id ?? idOfLine(line),
    time: new Date(Number(line.start) * 1000).toISOString(),
    namespace: by.namespace,
    pod: by.pod,
    owner: by.owner,
    verdict: by.verdict,
    wouldDeny: by.wouldDeny,
    reason: by.reason,
    rule: by.rule,
    sni: hop.sni,
    tlsFault: gate?.fault,
    client,
    method,
    target: targetOf(line),
    url: method === 'CONNECT' ? undefined : redactUrl(line.url, options.query),
    userAgent: line.userAgent,
    resolvedIP: hop.resolvedIP,
    upstream: hop.upstream,
    upstreamStatus: hop.upstreamStatus,
    status: numberOf(line.status) || undefined,
    result: line.result,
    bytesReceived: numberOf(line.bytesFromClient),
    bytesSent: numberOf(line.bytesToClient),
    durationMs: numberOf(line.durationMs),
  };
  return record as AuditRecord;
}

/** Undefined for a line that describes no request. */
export function buildAuditLine(line: ParsedLine, options: AuditRecordOptions): AuditLine | undefined {
  const record = buildAuditRecord(line, options);
  if (record === undefined) return undefined;
  const text = JSON.stringify(record);
  // The client left before the decision, or the relay gave up before it.
  if (line.id !== undefined && line.reason !== 'AgentUnavailable') return { text, record };
  return {
    text,
    record,
    undecided: { port: Number(line.sourcePort), time: Math.round(Number(line.end) * 1000) },
  };
}

/** The id of a request that Squid denied itself: a hash of the line, so that every reader of the line gets the same. */
function idOfLine({ line }: ParsedLine): string {
  return `line-${createHash('sha256').update(line).digest('hex').slice(0, 12)}`;
}

type Decided = Partial<
  WithUndefined<
    Pick<AuditRecord, 'namespace' | 'pod' | 'owner' | 'verdict' | 'wouldDeny' | 'reason' | 'rule'>
  >
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

/** The gate found a fault after the agent's allow. What the rules would deny comes first. */
function withGate(by: Decided, gate: GateReport | undefined): Decided {
  if (gate?.fault === undefined) return by;
  if (gate.outcome === 'ended') return { ...by, verdict: 'deny', wouldDeny: undefined, reason: gate.fault };
  return by.wouldDeny ? by : { ...by, wouldDeny: true, reason: gate.fault };
}

/** Squid denied without an ACL request: it could not parse the request, or the client left before. */
function undecided(line: AccessLine, client: string, { identify }: AuditRecordOptions): Decided {
  const reason: DecisionReason | undefined = line.status === undefined ? undefined : 'MalformedTarget';
  return { ...identify(client), verdict: 'deny' as const, reason };
}

/** With a parent, `%<a` is the parent's address, and the logged parent is the last that Squid tried. */
function nextHop(
  line: AccessLine,
  gate: GateReport | undefined,
): Partial<WithUndefined<Pick<AuditRecord, 'resolvedIP' | 'sni' | 'upstream' | 'upstreamStatus'>>> {
  if (gate !== undefined) return { resolvedIP: gate.address, sni: gate.sni };
  if (line.hierarchy === 'HIER_DIRECT') return { resolvedIP: line.serverAddress };
  const { upstream, nextHop, nextHopStatus } = line;
  if (upstream === undefined || nextHop === undefined) return { upstream };
  return { upstream: nextHop, upstreamStatus: Number(nextHopStatus ?? 0) || undefined };
}

/** Squid logs no host for a request that it cannot parse; the URL may still contain one. */
function targetOf({ host, port, url = '' }: AccessLine): string {
  if (host !== undefined) return port === undefined ? host : canonicalTarget(host, port);
  const [, authority = url] = /^[a-z][a-z0-9+.-]*:\/\/(?:[^/?#@]*@)?([^/?#]+)/i.exec(url) ?? [];
  return authority.slice(0, LONGEST_TARGET);
}

/** Spells the target as rules do, so that a search finds it however the client wrote it. */
function canonicalTarget(host: string, port: string): string {
  const parsed = parseDestination(host, Number(port));
  return parsed.ok ? formatDestination(parsed.destination) : `${host}:${port}`;
}

/** Removes user and password and, unless it is to be kept, the query. */
export function redactUrl(url: string | undefined, query: 'Keep' | 'Redact'): string | undefined {
  const shown = url?.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/?#@]*@/i, '$1');
  return query === 'Keep' ? shown : shown?.replace(/\?.*$/s, '?redacted');
}

function numberOf(text = '0'): number {
  return Number(text);
}

type WithUndefined<T> = { [Key in keyof T]: T[Key] | undefined };
