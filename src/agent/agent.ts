import { X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import type { EgressProxy, UpstreamReport } from '../api/index.ts';
import type { AgentSettings } from '../config/index.ts';
import type { EventRecorder } from '../kube/index.ts';
import { DEFAULT_PORT } from '../proxy/index.ts';
import { parseBytes } from '../rules/index.ts';
import type { Log, Metrics, Readiness } from '../telemetry/index.ts';
import { type Clock, sleep } from '../time/index.ts';
import { Activity } from './activity/index.ts';
import { ApiServer, type ApiServerOptions } from './api-server/api-server.ts';
import { AccessLog, logFileSettings, writeLogCap } from './audit/index.ts';
import { Decider } from './decision/decider.ts';
import { RevisionFile, revisionPath } from './decision/revision-file.ts';
import { Resolver } from './dns/resolver.ts';
import { type Freshness, judgeFreshness } from './freshness.ts';
import { ClientFinder } from './identity/client-finder.ts';
import { Holds } from './identity/holds.ts';
import { Knowledge, type Sources } from './knowledge/knowledge.ts';
import { readSnapshot, type SnapshotEntry } from './knowledge/snapshot-file.ts';
import { SnapshotKeeper } from './knowledge/snapshot-keeper.ts';
import { type AgentMetrics, createAgentMetrics } from './metrics.ts';
import { followFiles } from './mounted-files.ts';
import { RefusalEvents } from './refusal-events.ts';
import { AclServer } from './squid-acl/index.ts';
import { endConnections, establishedPeers, RevokedTunnels, TunnelWatch } from './tunnels/index.ts';
import { UpstreamCredentials } from './upstream/credentials.ts';
import { MeetingPoints } from './upstream/meeting-points.ts';
import { Upstreams } from './upstream/upstreams.ts';

export interface AgentOptions {
  settings: AgentSettings;
  /** `namespace/name` of settings.proxy, split. */
  proxy: { namespace: string; name: string };
  /** Where parents' credentials are mounted. */
  credentialsFolder: string;
  /** Where the authorities of parents are mounted. */
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

/** Milliseconds between two looks at whether enough is known to begin. */
const LOOK = 50;
/** Milliseconds that a stopping agent waits for Squid; as a native sidecar it is told to stop after Squid has ended. */
const SQUID_ENDS = 10_000;
/** Milliseconds between two looks whether Squid has ended. */
const SQUID_LOOK = 50;
const DEFAULT_CAP = 64 << 20;

/** What stands beside one Squid: decides for it, resolves for it, prints its log. */
export class Agent {
  readonly #options: AgentOptions;
  readonly #knowledge: Knowledge;
  readonly #holds: Holds;
  readonly #snapshots: SnapshotKeeper;
  readonly #resolver: Resolver;
  readonly #decider: Decider;
  readonly #upstreams: Upstreams;
  readonly #meetingPoints: MeetingPoints;
  readonly #questions: AclServer;
  readonly #api: ApiServer;
  readonly #activity: Activity;
  readonly #tunnelWatch: TunnelWatch;
  readonly #accessLog: AccessLog;
  readonly #metrics: AgentMetrics;
  readonly #stopping = new AbortController();
  readonly #startedAt: number;
  #printing: Promise<void> | undefined;
  #revisionFile: RevisionFile | undefined;
  #savedAt: string | undefined;
  #begun = false;
  #cap: string | undefined = '';

  constructor(options: AgentOptions) {
    const { settings, proxy, clock, log, metrics, auditFd } = options;
    this.#options = options;
    this.#startedAt = clock.monotonic();
    this.#holds = new Holds(clock);
    this.#knowledge = new Knowledge({
      proxy,
      productNamespace: settings.productNamespace,
      upstreams: settings.upstreams,
      onAddress: (address) => this.#holds.release(address),
      onNews: () => {
        this.#holds.releaseAll();
        this.#writeCap();
      },
      onChange: () => {
        this.#snapshots.changed();
        this.#tunnelWatch.rulesChanged();
      },
      onVersion: (version) => this.#revisionFile?.write(version),
    });
    this.#snapshots = new SnapshotKeeper({
      path: join(settings.stateDir, 'snapshot.jsonl'),
      entries: () => this.#knowledge.entries(),
      clock,
      log,
    });
    this.#metrics = createAgentMetrics(metrics, {
      holds: () => this.#holds.size,
      pending: () => this.#decider.pending,
      ruleSets: () => this.#knowledge.counts(),
      stale: () => this.#freshness().kind === 'stale',
      upstreams: () => this.#upstreams.report().upstreams,
    });
    this.#resolver = new Resolver({
      settings,
      clock,
      log,
      metrics: this.#metrics,
      knowledge: this.#knowledge,
      isStarting: () => this.#questions.relays === 0,
      isDead: (parent, address) => this.#upstreams.isDead(parent, address),
    });
    this.#upstreams = new Upstreams({
      endpoints: settings.upstreams ?? [],
      spec: () => this.#knowledge.proxy?.spec.upstreams ?? [],
      credentials: new UpstreamCredentials(options.credentialsFolder, clock),
      addresses: (host) => this.#resolver.parents.of(host),
      authoritiesFolder: options.authoritiesFolder,
      onTurn: () => this.#knowledge.outdate(),
      clock,
      log,
    });
    this.#meetingPoints = new MeetingPoints(
      (settings.upstreams ?? []).map(({ port }) => port),
      () => this.#knowledge.proxy?.spec.port ?? DEFAULT_PORT,
    );
    this.#activity = new Activity({
      pod: settings.podName,
      clock,
      onTunnels: () => this.#tunnelWatch.tunnelsChanged(),
    });
    const finder = new ClientFinder(this.#knowledge, this.#holds, clock);
    const revoked = new RevokedTunnels({
      tunnels: this.#activity.tunnels,
      wanted: () => this.#knowledge.proxy?.spec.closeRevoked ?? false,
      end: (clients) => endConnections(settings.closerSocket, clients),
      onEnded: (outcome, count) => this.#metrics.endedTunnels(outcome, count),
      clock,
      log,
    });
    this.#tunnelWatch = new TunnelWatch({
      onRevoked: (tunnel) => revoked.end(tunnel),
      tunnels: this.#activity.tunnels,
      knowledge: this.#knowledge,
      finder,
      peers: establishedPeers,
      path: join(settings.stateDir, 'open-tunnels.jsonl'),
      clock,
      log,
    });
    this.#decider = new Decider({
      knowledge: this.#knowledge,
      finder,
      tunnels: this.#activity.tunnels,
      resolver: this.#resolver,
      upstreams: this.#upstreams,
      events: new RefusalEvents(options.recorder, clock),
      metrics: this.#metrics,
      clock,
      log,
    });
    this.#questions = new AclServer({
      path: settings.socketPath,
      answer: (line) => this.#decider.answer(line),
      onReuse: (reuse) => this.#decider.again(reuse),
    });
    this.#api = new ApiServer({
      port: settings.apiPort,
      access: options.access,
      generations: () => ({ generations: this.#knowledge.generations() }),
      upstreams: () => this.upstreams(),
      flows: (query) => this.#activity.flows(query),
      activity: (namespaces) => this.#activity.report(namespaces),
      log,
    });
    this.#accessLog = new AccessLog({
      logDir: settings.logDir,
      stateDir: settings.stateDir,
      auditFd,
      files: logFileSettings(settings),
      cap: () => bytesOf(capOf(this.#knowledge.proxy)),
      record: () => ({
        query: this.#knowledge.proxy?.spec.accessLog?.query ?? 'Redact',
        identify: (address) => this.#decider.nameOf(address),
      }),
      clock,
      log,
      onPrinted: (lines) => {
        const records = lines.map(({ record }) => record);
        this.#metrics.printed(records);
        this.#activity.printed(lines);
        this.#upstreams.observe(records);
      },
      onLost: (lines) => this.#metrics.lost(lines),
      onMissing: (file, segments) => this.#metrics.missing(file, segments),
    });
  }

  /** Resolves when Squid is answered. Rejects where a port or a file cannot be had. */
  async start(): Promise<void> {
    const { settings, sources, clock, log } = this.#options;
    const { signal } = this.#stopping;
    // Before anything is printed: what was closed meanwhile is said by lines that are still to be read.
    await this.#tunnelWatch.restore();
    this.#printing = this.#accessLog.run(signal);
    void this.#tunnelWatch.run(signal);
    await this.#seed();
    const following = this.#knowledge.follow(sources, signal);
    following.then(
      () => log.info({ ms: this.#age() }, 'in step with the API server'),
      () => {},
    );
    while (this.#freshness().kind === 'unknown' && !signal.aborted) await sleep(clock, LOOK, signal);
    if (signal.aborted) return;
    // Sources have synced before their mirrors drop what is gone: what is stale must not decide.
    if (this.#freshness().kind === 'synced') await following;
    void this.#upstreams.run(signal);
    await this.#meetingPoints.listen();
    await this.#resolver.listen();
    this.#revisionFile = new RevisionFile(revisionPath(settings.socketPath), this.#knowledge.version);
    await this.#questions.listen();
    await this.#api.listen();
    followFiles({
      paths: ['tls.crt', 'tls.key'].map((name) => join(settings.certDir, name)),
      onChange: ([cert = '', key = '']) => {
        this.#api.serve({ cert, key });
        this.#metrics.certificate(expiryOf(cert));
      },
      clock,
      log,
      signal,
    });
    this.#begun = true;
    log.info({ ms: this.#age(), freshness: this.#freshness() }, 'answering');
  }

  /** How the parents stand, as the API serves it. */
  upstreams(): UpstreamReport {
    return this.#upstreams.report();
  }

  readiness(): Readiness {
    const freshness = this.#freshness();
    const reasons: string[] = [];
    if (freshness.kind === 'unknown') reasons.push(...freshness.waitingFor);
    if (!this.#begun) reasons.push('not answering yet');
    if (this.#knowledge.proxy === undefined)
      reasons.push(`EgressProxy ${this.#options.settings.proxy} is not known`);
    return { ready: this.#begun && this.#knowledge.proxy !== undefined, reasons };
  }

  /** Ends after Squid: its last questions are answered, its last lines printed. */
  async stop(): Promise<void> {
    const { clock, log } = this.#options;
    const until = clock.monotonic() + SQUID_ENDS;
    while (this.#questions.relays > 0 && clock.monotonic() < until) await sleep(clock, SQUID_LOOK);
    this.#stopping.abort();
    await this.#printing;
    await Promise.all([this.#snapshots.flush(), this.#tunnelWatch.flush()]);
    await Promise.allSettled([
      this.#questions.close(),
      this.#resolver.close(),
      this.#api.close(),
      this.#meetingPoints.close(),
    ]);
    log.info({}, 'stopped');
  }

  async #seed(): Promise<void> {
    const { settings, log } = this.#options;
    const snapshot = await readSnapshot<SnapshotEntry>(join(settings.stateDir, 'snapshot.jsonl'));
    if (snapshot === undefined) return;
    this.#knowledge.seed(snapshot.entries);
    this.#savedAt = snapshot.savedAt;
    log.info({ savedAt: snapshot.savedAt, objects: snapshot.entries.length }, 'snapshot read');
  }

  #freshness(): Freshness {
    return judgeFreshness({
      sources: { ...this.#options.sources },
      savedAt: this.#savedAt,
      ageMs: this.#age(),
    });
  }

  #age(): number {
    return this.#options.clock.monotonic() - this.#startedAt;
  }

  #writeCap(): void {
    const size = capOf(this.#knowledge.proxy);
    if (size === this.#cap) return;
    this.#cap = size;
    try {
      writeLogCap(this.#options.settings.logDir, bytesOf(size));
    } catch (err) {
      this.#options.log.warn({ err }, 'the cap of the log was not written');
    }
  }
}

/** Milliseconds since the epoch. */
function expiryOf(cert: string): number {
  return new X509Certificate(cert).validToDate.getTime();
}

function capOf(proxy: EgressProxy | undefined): string | undefined {
  return proxy?.spec.accessLog?.maxSize;
}

function bytesOf(quantity = ''): number {
  return parseBytes(quantity) ?? DEFAULT_CAP;
}
