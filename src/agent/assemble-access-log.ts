import type { AuditRecord, EgressProxy } from '../api/index.ts';
import { DEFAULT_LOG_CAP_BYTES } from '../proxy/index.ts';
import { parseBytes } from '../rules/index.ts';
import type { Log } from '../telemetry/index.ts';
import type { AgentOptions } from './agent-options.ts';
import { AccessLog, type AuditLine, logFileSettings, writeLogCap } from './audit/index.ts';
import type { AskedRecords } from './client-dns/index.ts';
import type { RefusalEvents } from './decide/index.ts';
import type { Activity } from './flows/index.ts';
import { explainGateFault, type GateReports } from './gate/index.ts';
import type { AgentMetrics } from './metrics/index.ts';
import { type OpenRequestFile, type OpenRequests, OpenRequestWatch } from './open-requests/index.ts';
import { peerKey } from './peer-key.ts';
import { type PolicyState, podIdentity } from './state/index.ts';
import { establishedPeers } from './tunnels/index.ts';
import type { ParentHealth } from './upstream/index.ts';

/** The reader of Squid's log, which prints audit lines and notifies the other parts of them. */
export function assembleAccessLog(
  { settings, auditFd, clock, log }: AgentOptions,
  parts: {
    asked: AskedRecords;
    policy: PolicyState;
    health: ParentHealth;
    activity: Activity;
    requests: OpenRequests;
    gateReports: GateReports;
    events: RefusalEvents;
    openRequests: OpenRequestFile;
    squidHasEnded: () => boolean;
    metrics: AgentMetrics;
  },
): AccessLog {
  const { asked, policy, health, activity, requests, gateReports, openRequests, squidHasEnded, metrics } =
    parts;
  const watch = new OpenRequestWatch({ requests, peers: establishedPeers, clock });
  return new AccessLog({
    logDir: settings.logDir,
    stateDir: settings.stateDir,
    auditFd,
    files: logFileSettings(settings),
    cap: () => logCapOf(policy.proxy),
    record: () => ({
      query: policy.proxy?.spec.accessLog?.query ?? 'Redact',
      identify: (address) => {
        const pod = policy.podAt(address);
        return pod && podIdentity(pod);
      },
      gateReport: (id) => gateReports.get(id),
    }),
    clock,
    log,
    onPrinted: (printed) => {
      // A request counts once: when its end is printed.
      const lines = printed.filter(({ record }) => record.phase !== 'open');
      const records = lines.map(({ record }) => record);
      metrics.printed(records);
      activity.printed(lines);
      health.observe(records.filter(({ phase }) => phase === undefined));
      endRequests(requests, lines);
      for (const record of records) endGated(record, parts);
    },
    interrupted: (before) => watch.interrupted(before),
    due: async () => [...(await watch.due()), ...asked.due()],
    left: () => asked.take(),
    saveOpen: () => openRequests.save(),
    squidHasEnded,
    onLost: (lines) => metrics.lost(lines),
    onMissing: (file, segments) => metrics.missing(file, segments),
    onUnwritten: (file) => metrics.unwritten(file),
  });
}

/** Ends the requests whose audit lines have been printed. */
function endRequests(requests: OpenRequests, lines: readonly AuditLine[]): void {
  for (const { record, undecided } of lines) {
    if (undecided === undefined) requests.end(record.id ?? '');
    else requests.endUndecided(peerKey(record.client ?? '', undecided.port), undecided.time);
  }
}

/** The audit line of a request is printed. A tunnel that the gate ended is an Event on its pod, too. */
function endGated(
  record: AuditRecord,
  { policy, gateReports, events }: { policy: PolicyState; gateReports: GateReports; events: RefusalEvents },
): void {
  const { id = '', client = '', target } = record;
  const report = gateReports.get(id);
  gateReports.end(id);
  const pod = report?.outcome === 'ended' ? policy.podAt(client) : undefined;
  if (pod === undefined || report?.fault === undefined) return;
  events.record(pod, `${target} ${report.fault}`, report.fault, explainGateFault(report, target));
}

/** Writes the cap of the log for the log relay, at the start and whenever the EgressProxy changes it. */
export function keepLogCap(policy: PolicyState, logDir: string, log: Log): void {
  let written: number | undefined;
  policy.subscribe({
    onClients: () => {
      const cap = logCapOf(policy.proxy);
      if (cap === written) return;
      written = cap;
      try {
        writeLogCap(logDir, cap);
      } catch (err) {
        log.warn(
          { err },
          'the size limit of the log (spec.accessLog.maxSize) could not be written; the former one holds',
        );
      }
    },
  });
}

/** Bytes. */
function logCapOf(proxy: EgressProxy | undefined): number {
  return parseBytes(proxy?.spec.accessLog?.maxSize ?? '') ?? DEFAULT_LOG_CAP_BYTES;
}
