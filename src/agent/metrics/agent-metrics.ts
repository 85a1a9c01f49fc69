import type { AuditRecord, DecisionReason } from '../../api/index.ts';
import type { Metrics } from '../../telemetry/index.ts';
import { createRequestMetrics, NO_NAMESPACE } from './request-metrics.ts';
import { OTHER } from './top-targets.ts';

export interface AgentMetrics {
  decided(
    namespace: string | undefined,
    verdict: 'allow' | 'deny',
    reason: DecisionReason,
    seconds: number,
  ): void;
  filtered(addresses: number): void;
  refusedName(): void;
  printed(records: readonly AuditRecord[]): void;
  lost(lines: number): void;
  /** The gate reported a tunnel. */
  serverName(outcome: 'passed' | 'reported' | 'ended', fault: string | undefined): void;
  /** Connections of a namespace that were closed because it was at its limit. */
  refusedConnections(namespace: string, count: number): void;
  endedTunnels(outcome: 'ended' | 'failed', count: number): void;
  /** A file of the state volume could not be written. */
  unwritten(file: string): void;
  /** Segments that are missing in a log file. */
  missing(file: string, segments: number): void;
  /** `notAfter`: milliseconds since the epoch. */
  certificate(notAfter: number): void;
}

/** Namespaces with their own series; the others share one. */
const NAMESPACES = 1000;

export function createAgentMetrics(metrics: Metrics): AgentMetrics {
  const decisions = metrics.counter('decisions_total', 'Decisions about requests.', [
    'namespace',
    'verdict',
    'reason',
  ]);
  const latency = metrics.latency(
    'decision_seconds',
    'From ACL request to answer, waits for the client and DNS included.',
  );
  const filtered = metrics.counter(
    'dns_filtered_addresses_total',
    'Forbidden addresses removed from DNS answers.',
  );
  const refused = metrics.counter(
    'dns_refused_names_total',
    'DNS queries of Squid for names that no decision had allowed; they are refused.',
  );
  const printed = metrics.counter('audit_lines_total', 'Audit lines written.');
  const lost = metrics.counter(
    'audit_lines_lost_total',
    'Audit lines that were lost because no volume had room for them, or that could not be parsed.',
  );
  const ended = metrics.counter(
    'revoked_tunnels_total',
    'Tunnels that closeRevoked was to end, by outcome.',
    ['outcome'],
  );
  const refusedConnections = metrics.counter(
    'connections_refused_total',
    'Connections that were closed before their request, because their namespace had twice limits.connections, idle ones included.',
    ['namespace'],
  );
  const serverNames = metrics.counter(
    'tls_server_names_total',
    'Tunnels whose TLS server name was read (tlsServerName), by outcome: passed, reported or ended. The reason is what was wrong.',
    ['outcome', 'reason'],
  );
  const missing = metrics.counter(
    'log_file_segments_missing_total',
    'Segments of at most 1 MiB that are missing in a log file because its volume was too slow.',
    ['file'],
  );
  const unwritten = metrics.counter(
    'state_writes_failed_total',
    'Writes of files with which a restarted agent continues that failed, such as on a full disk. The last good file stays.',
    ['file'],
  );
  const expiry = metrics.gauge(
    'certificate_expiry_timestamp_seconds',
    'Expiry of a certificate, in seconds since the epoch.',
    ['certificate'],
  );
  const requests = createRequestMetrics(metrics, (namespace) => bounded(namespace));
  const seen = new Set<string>();
  const bounded = (namespace: string) => {
    if (seen.size < NAMESPACES) seen.add(namespace);
    return seen.has(namespace) ? namespace : OTHER;
  };
  return {
    decided(namespace = NO_NAMESPACE, verdict, reason, seconds) {
      decisions.inc({ namespace: bounded(namespace), verdict, reason });
      latency.observe(seconds);
    },
    filtered: (addresses) => filtered.inc(addresses),
    refusedName: () => refused.inc(),
    printed(records) {
      printed.inc(records.length);
      records.forEach(requests);
    },
    lost: (lines) => lost.inc(lines),
    serverName: (outcome, fault = '') => serverNames.inc({ outcome, reason: fault }),
    refusedConnections: (namespace, count) =>
      refusedConnections.inc({ namespace: bounded(namespace) }, count),
    endedTunnels: (outcome, count) => ended.inc({ outcome }, count),
    unwritten: (file) => unwritten.inc({ file }),
    missing: (file, segments) => missing.inc({ file }, segments),
    certificate: (notAfter) => expiry.set({ certificate: 'agent' }, notAfter / 1000),
  };
}

/** Values that are read when metrics are scraped. */
export interface AgentReadings {
  /** ACL requests that wait for their client to be known. */
  holds: () => number;
  /** ACL requests that are being decided. */
  pending: () => number;
  /** ACL requests that wait because their client is at its limit. */
  delayed: () => number;
  ruleSets: () => { kind: string; count: number }[];
  ruleSetsBeyondQuota: () => number;
  delayedNamespaces: () => number;
  stale: () => boolean;
  upstreams: () => { name: string; healthy: boolean }[];
}

/** Registers the metrics that are read from the assembled agent. */
export function registerReadings(metrics: Metrics, readings: AgentReadings): void {
  readGauge(
    metrics,
    'held_questions',
    'ACL requests that wait for their client to be known.',
    readings.holds,
  );
  readGauge(metrics, 'pending_questions', 'ACL requests that are being decided.', readings.pending);
  readGauge(
    metrics,
    'rule_sets_beyond_quota',
    'EgressRuleSets that grant nothing because their namespace has more of them, or more targets, than spec.limits allows.',
    readings.ruleSetsBeyondQuota,
  );
  readGauge(
    metrics,
    'delayed_namespaces',
    'Namespaces whose changed EgressRuleSets wait, because they change more targets a second than an agent compiles for one namespace.',
    readings.delayedNamespaces,
  );
  readGauge(
    metrics,
    'delayed_requests',
    'ACL requests that wait because their namespace sends more than limits.requestsPerSecond.',
    readings.delayed,
  );
  readGauge(metrics, 'snapshot_stale', '1 while decisions use the snapshot on disk.', () =>
    readings.stale() ? 1 : 0,
  );
  metrics.readGauge('rule_sets', 'Rule sets that decisions use.', ['kind'], () =>
    readings.ruleSets().map(({ kind, count }) => ({ labels: { kind }, value: count })),
  );
  metrics.readGauge('upstream_healthy', 'Whether a parent proxy can be used.', ['upstream'], () =>
    readings.upstreams().map(({ name, healthy }) => ({ labels: { upstream: name }, value: healthy ? 1 : 0 })),
  );
}

function readGauge(metrics: Metrics, name: string, help: string, read: () => number): void {
  metrics.readGauge(name, help, [], () => [{ labels: {}, value: read() }]);
}
