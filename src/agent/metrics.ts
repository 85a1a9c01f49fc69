import type { AuditRecord, DecisionReason } from '../api/index.ts';
import type { Metrics } from '../telemetry/index.ts';
import { createRequestMetrics, NO_NAMESPACE } from './request-metrics.ts';
import { OTHER } from './top-targets.ts';

/** What is read when metrics are asked for. */
export interface AgentReadings {
  holds: () => number;
  /** Questions that are being answered. */
  pending: () => number;
  ruleSets: () => { kind: string; count: number }[];
  stale: () => boolean;
  upstreams: () => { name: string; healthy: boolean }[];
}

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
  endedTunnels(outcome: 'ended' | 'failed', count: number): void;
  /** Segments that a log file does not have. */
  missing(file: string, segments: number): void;
  /** `notAfter`: milliseconds since the epoch. */
  certificate(notAfter: number): void;
}

/** Namespaces that get a series of their own; the rest share one. */
const NAMESPACES = 1000;

export function createAgentMetrics(metrics: Metrics, readings: AgentReadings): AgentMetrics {
  const decisions = metrics.counter('decisions_total', 'Decisions about requests.', [
    'namespace',
    'verdict',
    'reason',
  ]);
  const latency = metrics.latency(
    'decision_seconds',
    'From question to answer, holds and look-ups included.',
  );
  const filtered = metrics.counter(
    'dns_filtered_addresses_total',
    'Forbidden addresses taken out of answers.',
  );
  const refused = metrics.counter(
    'dns_refused_names_total',
    'Names that no decision had allowed: not looked up.',
  );
  const printed = metrics.counter('audit_lines_total', 'Audit lines written.');
  const lost = metrics.counter('audit_lines_lost_total', 'Audit lines that could not be kept or read.');
  const ended = metrics.counter(
    'revoked_tunnels_total',
    'Tunnels that were to be ended, since their rule is gone.',
    ['outcome'],
  );
  const missing = metrics.counter(
    'log_file_segments_missing_total',
    'Segments, of at most 1 MiB, that a log file does not have because its volume was held up.',
    ['file'],
  );
  const expiry = metrics.gauge(
    'certificate_expiry_timestamp_seconds',
    'When a certificate ends, in seconds since the epoch.',
    ['certificate'],
  );
  const requests = createRequestMetrics(metrics, (namespace) => bounded(namespace));
  readGauge(metrics, 'held_questions', 'Questions that wait for their client to be known.', readings.holds);
  readGauge(metrics, 'pending_questions', 'Questions that are being answered.', readings.pending);
  readGauge(metrics, 'snapshot_stale', '1 while decisions rest on the snapshot from disk.', () =>
    readings.stale() ? 1 : 0,
  );
  metrics.readGauge('rule_sets', 'Rule sets that decisions rest on.', ['kind'], () =>
    readings.ruleSets().map(({ kind, count }) => ({ labels: { kind }, value: count })),
  );
  metrics.readGauge('upstream_healthy', 'Whether a parent proxy can be used.', ['upstream'], () =>
    readings.upstreams().map(({ name, healthy }) => ({ labels: { upstream: name }, value: healthy ? 1 : 0 })),
  );
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
    endedTunnels: (outcome, count) => ended.inc({ outcome }, count),
    missing: (file, segments) => missing.inc({ file }, segments),
    certificate: (notAfter) => expiry.set({ certificate: 'agent' }, notAfter / 1000),
  };
}

function readGauge(metrics: Metrics, name: string, help: string, read: () => number): void {
  metrics.readGauge(name, help, [], () => [{ labels: {}, value: read() }]);
}
