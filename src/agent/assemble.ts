import { dirname, join } from 'node:path';
import type { AuditRecord, EgressProxy } from '../api/index.ts';
import type { AgentSettings } from '../config/index.ts';
import type { EventRecorder } from '../kube/index.ts';
import {
  ACCEPT_LIMIT_FILES,
  DEFAULT_LOG_CAP_BYTES,
  DEFAULT_PORT,
  fileDescriptors,
  GATE_SOCKET_NAME,
} from '../proxy/index.ts';
import { parseAddress, parseBytes } from '../rules/index.ts';
import type { Log, Metrics } from '../telemetry/index.ts';
import type { Clock } from '../time/index.ts';
import { acceptLimit, ClientTableFile, RefusedConnections } from './accept-limit/index.ts';
import { Agent } from './agent.ts';
import { ApiServer, type ApiServerOptions } from './api/index.ts';
import { AccessLog, type AuditLine, logFileSettings, writeLogCap } from './audit/index.ts';
import { type AskedRecords, ClientDnsServer, ClientNames } from './client-dns/index.ts';
import { AnswerCache, Decider, DecisionEffects, type Outcome, RefusalEvents } from './decide/index.ts';
import { Resolver } from './dns/index.ts';
import { Activity } from './flows/index.ts';
import { explainGateFault, type GateReport, GateReports, GateServer } from './gate/index.ts';
import { ClientFinder, Holds } from './identity/index.ts';
import { ClientLimits } from './limits/index.ts';
import { type AgentMetrics, createAgentMetrics, registerReadings } from './metrics/index.ts';
import { OpenRequestFile, OpenRequests, OpenRequestWatch } from './open-requests/index.ts';
import { peerKey } from './peer-key.ts';
import { AclServer } from './squid-acl/index.ts';
import { SquidProbe } from './squid-probe/index.ts';
import { PolicyFeed, PolicyState, podIdentity, SnapshotKeeper, type Sources } from './state/index.ts';
import {
  endConnections,
  establishedPeers,
  OpenTunnels,
  RevokedTunnels,
  TunnelWatch,
} from './tunnels/index.ts';
import { ParentHealth, StartupListeners, UpstreamCredentials, Upstreams } from './upstream/index.ts';

export interface AgentOptions {
  settings: AgentSettings;
  /** `namespace/name` of settings.proxy, split. */
  proxy: { namespace: string; name: string };
  /** Mounted credentials of parents. */
  credentialsFolder: string;
  /** Mounted authorities of parents. */
  authoritiesFolder: string;
  sources: Sources;
  recorder: Pick<EventRecorder, 'record'>;
  access: ApiServerOptions['access'];
  metrics: Metrics;
  clock: Clock;
  log: Log;
  /** File descriptor of the audit log. */
  auditFd: number;
}

/**
 * Builds the agent in the order of dependencies: an object is passed only to objects that are built after it. What is
 * notified of changes subscribes to, or is passed to, what changes; the order of subscriptions is the order of calls.
 */
export function assembleAgent(options: AgentOptions): Agent {
  const { settings, proxy, clock, log } = options;
  const metrics = createAgentMetrics(options.metrics);
  const acl = new AclServer(settings.socketPath);
  const answers = new AnswerCache<Outcome>();
  const invalidate = () => answers.invalidate();

  const { productNamespace, upstreams: endpoints = [] } = settings;
  const policy = new PolicyState({ proxy, productNamespace, upstreams: endpoints, invalidate, clock, log });
  const feed = new PolicyFeed({
    policy,
    sources: options.sources,
    path: snapshotPath(settings),
    clock,
    log,
  });
  const snapshots = new SnapshotKeeper({
    path: snapshotPath(settings),
    entries: () => policy.entries(),
    clock,
    log,
    onFailed: () => metrics.unwritten('snapshot'),
  });
  policy.subscribe({ onChange: () => snapshots.changed() });

  const health = new ParentHealth(endpoints, clock);
  const resolver = new Resolver({
    settings,
    policy,
    invalidate,
    isDead: (host, address) => health.isDead(host, address),
    isStarting: () => acl.relays === 0,
    metrics,
    clock,
    log,
  });
  const upstreams = new Upstreams({
    endpoints,
    spec: () => policy.proxy?.spec.upstreams ?? [],
    health,
    credentials: new UpstreamCredentials(options.credentialsFolder, clock),
    addresses: (host) => resolver.parents.of(host),
    authoritiesFolder: options.authoritiesFolder,
    invalidate,
    clock,
    log,
  });

  const holds = new Holds(clock);
  const clients = new ClientFinder(policy, holds, clock);
  const tunnels = new OpenTunnels();
  const requests = new OpenRequests();
  const activity = new Activity({ pod: settings.podName, clock, tunnels });
  const tunnelWatch = assembleTunnelWatch(options, { policy, clients, tunnels, metrics });
  policy.subscribe({
    onAddress: (address) => holds.release(address),
    onClients: () => holds.releaseAll(),
  });
  keepLogCap(policy, settings.logDir, log);

  const events = new RefusalEvents(options.recorder, clock);
  const gateReports = new GateReports((report) => {
    if (report.outcome !== 'unread') metrics.serverName(gateOutcome(report), report.fault);
  });
  const limits = new ClientLimits({ policy, answers, open: requests, peers: establishedPeers, clock });
  const decider = new Decider({
    clients,
    sources: { policy, upstreams, names: resolver },
    answers,
    limits,
    effects: new DecisionEffects({
      names: resolver,
      upstreams,
      requests,
      tunnels,
      limits,
      events,
      metrics,
      clock,
    }),
    clock,
    log,
  });
  registerReadings(options.metrics, {
    holds: () => holds.size,
    pending: () => decider.pending,
    delayed: () => limits.delayed,
    ruleSets: () => policy.counts(),
    ruleSetsBeyondQuota: () => policy.ruleSetsBeyondQuota,
    stale: () => feed.freshness.kind === 'stale',
    upstreams: () => health.report(),
  });
  const openRequests = new OpenRequestFile({
    path: join(settings.stateDir, 'open-requests.jsonl'),
    requests,
    printedIds: () => accessLog.printedIds(),
    onUnwritten: () => metrics.unwritten('open-requests'),
    clock,
    log,
  });
  const clientNames = new ClientNames({ policy, clients, events, clock });
  const accessLog = assembleAccessLog(options, {
    asked: clientNames.records,
    policy,
    health,
    activity,
    requests,
    gateReports,
    events,
    openRequests,
    squidHasEnded: () => acl.relays === 0,
    metrics,
  });
  const clientTable = assembleClientTable(options, { policy, clients, limits, metrics });
  policy.subscribe({ onChange: () => clientTable.changed() });
  const proxyPort = () => policy.proxy?.spec.port ?? DEFAULT_PORT;
  return new Agent({
    settings,
    policy,
    feed,
    snapshots,
    answers,
    resolver,
    upstreams,
    health,
    startupListeners: new StartupListeners(
      endpoints.map(({ port }) => port),
      proxyPort,
    ),
    acl,
    clientDns: new ClientDnsServer({ path: settings.clientDnsSocket, names: clientNames, log }),
    gateServer: new GateServer(join(dirname(settings.socketPath), GATE_SOCKET_NAME)),
    gateReports,
    squidProbe: new SquidProbe({ handler: decider, port: proxyPort, clock, log }),
    tunnelWatch,
    clientTable,
    refusedConnections: assembleRefusedConnections(options, policy, metrics),
    openRequests,
    accessLog,
    api: assembleApi(options, { policy, health, activity }),
    metrics,
    clock,
    log,
  });
}

function assembleTunnelWatch(
  { settings, clock, log }: AgentOptions,
  parts: { policy: PolicyState; clients: ClientFinder; tunnels: OpenTunnels; metrics: AgentMetrics },
): TunnelWatch {
  const { policy, clients, tunnels, metrics } = parts;
  const revoked = new RevokedTunnels({
    tunnels,
    wanted: () => policy.proxy?.spec.closeRevoked ?? false,
    end: (ends) => endConnections(settings.closerSocket, ends),
    onEnded: (outcome, count) => metrics.endedTunnels(outcome, count),
    clock,
    log,
  });
  const watch = new TunnelWatch({
    onRevoked: (tunnel) => revoked.end(tunnel),
    tunnels,
    policy,
    finder: clients,
    peers: establishedPeers,
    path: join(settings.stateDir, 'open-tunnels.jsonl'),
    onUnwritten: () => metrics.unwritten('open-tunnels'),
    clock,
    log,
  });
  tunnels.subscribe({ onChanged: () => watch.tunnelsChanged(), onClosed: () => watch.tunnelsChanged() });
  policy.subscribe({ onChange: () => watch.policyChanged() });
  return watch;
}

/** The limits of connections for the library in Squid's process. */
function assembleClientTable(
  { settings, clock, log }: AgentOptions,
  parts: { policy: PolicyState; clients: ClientFinder; limits: ClientLimits; metrics: AgentMetrics },
): ClientTableFile {
  const { policy, clients, limits, metrics } = parts;
  return new ClientTableFile({
    path: join(dirname(settings.socketPath), ACCEPT_LIMIT_FILES.limits),
    *addresses() {
      for (const pod of policy.pods()) yield* pod.addresses;
    },
    entryOf(text) {
      const found = clients.findNow(text);
      const address = parseAddress(text);
      if (found.kind !== 'pod' || address === undefined || policy.proxy === undefined) return undefined;
      const limit = acceptLimit(limits.connectionsOf(found.client), fileDescriptors(policy.proxy));
      return { address, owner: found.pod.metadata.namespace, limit };
    },
    onUnwritten: () => metrics.unwritten(ACCEPT_LIMIT_FILES.limits),
    clock,
    log,
  });
}

function assembleRefusedConnections(
  { settings, clock, log }: AgentOptions,
  policy: PolicyState,
  metrics: AgentMetrics,
): RefusedConnections {
  return new RefusedConnections({
    path: join(dirname(settings.socketPath), ACCEPT_LIMIT_FILES.counts),
    namespaces: () => policy.namespaceNames(),
    onRefused: (namespace, count) => metrics.refusedConnections(namespace, count),
    clock,
    log,
  });
}

/** Ends the requests whose audit lines have been printed. */
function endRequests(requests: OpenRequests, lines: readonly AuditLine[]): void {
  for (const { record, undecided } of lines) {
    if (undecided === undefined) requests.end(record.id ?? '');
    else requests.endUndecided(peerKey(record.client ?? '', undecided.port), undecided.time);
  }
}

function gateOutcome({ outcome, fault }: GateReport): 'passed' | 'reported' | 'ended' {
  if (fault === undefined) return 'passed';
  return outcome === 'ended' ? 'ended' : 'reported';
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

function assembleAccessLog(
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

function assembleApi(
  { settings, access, log }: AgentOptions,
  parts: { policy: PolicyState; health: ParentHealth; activity: Activity },
): ApiServer {
  const { policy, health, activity } = parts;
  return new ApiServer({
    port: settings.apiPort,
    access,
    generations: () => ({ generations: policy.generations() }),
    upstreams: () => ({ upstreams: health.report() }),
    flows: (query) => activity.flows(query),
    activity: (namespaces) => activity.report(namespaces),
    log,
  });
}

/** Writes the cap of the log for the log relay, at the start and whenever the EgressProxy changes it. */
function keepLogCap(policy: PolicyState, logDir: string, log: Log): void {
  let written: number | undefined;
  policy.subscribe({
    onClients: () => {
      const cap = logCapOf(policy.proxy);
      if (cap === written) return;
      written = cap;
      try {
        writeLogCap(logDir, cap);
      } catch (err) {
        log.warn({ err }, 'the cap of the log could not be written');
      }
    },
  });
}

/** Bytes. */
function logCapOf(proxy: EgressProxy | undefined): number {
  return parseBytes(proxy?.spec.accessLog?.maxSize ?? '') ?? DEFAULT_LOG_CAP_BYTES;
}

function snapshotPath({ stateDir }: AgentSettings): string {
  return join(stateDir, 'snapshot.jsonl');
}
