import { X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import type { UpstreamReport } from '../api/index.ts';
import type { AgentSettings } from '../config/index.ts';
import { AGENT_SQUID_WAIT_MS } from '../proxy/index.ts';
import type { Log, Readiness } from '../telemetry/index.ts';
import { type Clock, sleep } from '../time/index.ts';
import type { ClientTableFile, RefusedConnections } from './accept-limit/index.ts';
import { type ApiServer, watchMountedFiles } from './api/index.ts';
import type { AccessLog } from './audit/index.ts';
import type { ClientDnsServer } from './client-dns/index.ts';
import { type AnswerCache, type Outcome, revisionPath } from './decide/index.ts';
import type { Resolver } from './dns/index.ts';
import type { GateReports, GateServer } from './gate/index.ts';
import type { AgentMetrics } from './metrics/index.ts';
import type { OpenRequestFile } from './open-requests/index.ts';
import type { AclServer } from './squid-acl/index.ts';
import type { SquidProbe } from './squid-probe/index.ts';
import type { PolicyFeed, PolicyState, SnapshotKeeper } from './state/index.ts';
import type { TunnelWatch } from './tunnels/index.ts';
import type { ParentHealth, StartupListeners, Upstreams } from './upstream/index.ts';

/** The objects that an agent starts and stops; assembleAgent builds them. */
export interface AgentParts {
  settings: AgentSettings;
  policy: PolicyState;
  feed: PolicyFeed;
  snapshots: SnapshotKeeper;
  answers: AnswerCache<Outcome>;
  resolver: Resolver;
  upstreams: Upstreams;
  health: ParentHealth;
  startupListeners: StartupListeners;
  acl: AclServer;
  clientDns: ClientDnsServer;
  gateServer: GateServer;
  gateReports: GateReports;
  /** Answers its own ACL requests and passes the others to the decider. */
  squidProbe: SquidProbe;
  tunnelWatch: TunnelWatch;
  clientTable: ClientTableFile;
  refusedConnections: RefusedConnections;
  openRequests: OpenRequestFile;
  accessLog: AccessLog;
  api: ApiServer;
  metrics: AgentMetrics;
  clock: Clock;
  log: Log;
}

/** Milliseconds between two checks whether Squid has ended. */
const POLL = 50;

/** Starts and stops the agent beside one Squid. */
export class Agent {
  readonly #parts: AgentParts;
  readonly #stopping = new AbortController();
  #printing: Promise<void> | undefined;
  #isAnswering = false;

  constructor(parts: AgentParts) {
    this.#parts = parts;
  }

  /** Resolves when the agent answers Squid. Rejects if a port or a file is not available. */
  async start(): Promise<void> {
    const { settings, feed, answers, resolver, upstreams, acl, squidProbe, tunnelWatch, log } = this.#parts;
    const { gateServer, gateReports } = this.#parts;
    const { signal } = this.#stopping;
    // Before reading the log: its unread lines tell what ended while we were down.
    await tunnelWatch.restore();
    await this.#parts.openRequests.restore();
    this.#printing = this.#parts.accessLog.run(signal);
    void tunnelWatch.run(signal);
    void this.#parts.openRequests.run(signal);
    await feed.start(signal);
    if (signal.aborted) return;
    // Before Squid starts, which waits for the agent: its first connections are counted.
    await this.#parts.clientTable.write();
    void this.#parts.clientTable.run(signal);
    void this.#parts.refusedConnections.run(signal);
    void upstreams.run(signal);
    await this.#parts.startupListeners.listen();
    await resolver.listen();
    // Before the relay can connect: it maps the file when it does.
    answers.publish(revisionPath(settings.socketPath));
    await acl.listen(squidProbe);
    await this.#parts.clientDns.listen();
    await gateServer.listen((report) => gateReports.add(report));
    await this.#parts.api.listen();
    this.#serveCertificate(signal);
    this.#isAnswering = true;
    log.info({ ms: feed.ageMs, freshness: feed.freshness }, 'answering');
  }

  /** Health of the parents, as the API serves it. */
  upstreams(): UpstreamReport {
    return { upstreams: this.#parts.health.report() };
  }

  readiness(): Readiness {
    const { feed, policy, settings } = this.#parts;
    const { freshness } = feed;
    const reasons: string[] = [];
    if (freshness.kind === 'unknown') reasons.push(...freshness.waitingFor);
    if (!this.#isAnswering) reasons.push('not answering yet');
    if (policy.proxy === undefined)
      reasons.push(`EgressProxy ${settings.proxy} does not exist or has not been listed yet`);
    return { ready: this.#isAnswering && policy.proxy !== undefined, reasons };
  }

  /** Whether the Squid of the pod serves requests. */
  squidReadiness(): Promise<Readiness> {
    return this.#parts.squidProbe.check();
  }

  /**
   * Ends after Squid, when its last ACL requests are answered and its last log lines printed. As a native sidecar the
   * agent gets its stop signal after Squid has ended.
   */
  async stop(): Promise<void> {
    const {
      acl,
      clientDns,
      gateServer,
      resolver,
      api,
      startupListeners,
      snapshots,
      tunnelWatch,
      clock,
      log,
    } = this.#parts;
    const until = clock.monotonic() + AGENT_SQUID_WAIT_MS;
    while (acl.relays > 0 && clock.monotonic() < until) await sleep(clock, POLL);
    this.#stopping.abort();
    await this.#printing;
    await Promise.all([snapshots.flush(), tunnelWatch.flush()]);
    await Promise.allSettled([
      acl.close(),
      clientDns.close(),
      gateServer.close(),
      resolver.close(),
      api.close(),
      startupListeners.close(),
    ]);
    log.info({}, 'stopped');
  }

  #serveCertificate(signal: AbortSignal): void {
    const { settings, api, metrics, clock, log } = this.#parts;
    watchMountedFiles({
      paths: ['tls.crt', 'tls.key'].map((name) => join(settings.certDir, name)),
      onChange: ([cert = '', key = '']) => {
        api.serve({ cert, key });
        metrics.certificate(new X509Certificate(cert).validToDate.getTime());
      },
      clock,
      log,
      signal,
    });
  }
}
