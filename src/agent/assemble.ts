import { dirname, join } from 'node:path';
import { ACCEPT_LIMIT_FILES, DEFAULT_PORT, fileDescriptors, GATE_SOCKET_NAME } from '../proxy/index.ts';
import { parseAddress } from '../rules/index.ts';
import { acceptLimit, ClientTableFile, RefusedConnections } from './accept-limit/index.ts';
import { Agent } from './agent.ts';
import type { AgentOptions } from './agent-options.ts';
import { ApiServer } from './api/index.ts';
import { assembleAccessLog, keepLogCap } from './assemble-access-log.ts';
import { ClientDnsServer, ClientNames } from './client-dns/index.ts';
import { AnswerCache, Decider, DecisionEffects, type Outcome, RefusalEvents } from './decide/index.ts';
import { Resolver } from './dns/index.ts';
import { Activity } from './flows/index.ts';
import { type GateReport, GateReports, GateServer } from './gate/index.ts';
import { ClientFinder, Holds } from './identity/index.ts';
import { ClientLimits } from './limits/index.ts';
import { type AgentMetrics, createAgentMetrics, registerReadings } from './metrics/index.ts';
import { OpenRequestFile, OpenRequests } from './open-requests/index.ts';
import { AclServer } from './squid-acl/index.ts';
import { SquidProbe } from './squid-probe/index.ts';
import { PolicyFeed, PolicyState, SnapshotKeeper } from './state/index.ts';
import {
  endConnections,
  establishedPeers,
  OpenTunnels,
  RevokedTunnels,
  TunnelWatch,
} from './tunnels/index.ts';
import { ParentHealth, StartupListeners, UpstreamCredentials, Upstreams } from './upstream/index.ts';

/**
 * Builds the agent in the order of dependencies: an object is passed only to objects that are built after it. What is
 * notified of changes subscribes to, or is passed to, what changes; the order of subscriptions is the order of calls.
 */
export function assembleAgent(options: AgentOptions): Agent {
  const { settings, clock, log } = options;
  const metrics = createAgentMetrics(options.metrics);
  const acl = new AclServer(settings.socketPath);
  const squidIsAway = () => acl.relays === 0;
  const answers = new AnswerCache<Outcome>();

  const { policy, feed, snapshots } = assemblePolicy(options, { answers, metrics });
  const routes = assembleRoutes(options, { policy, answers, squidIsAway, metrics });
  const { health, resolver, upstreams } = routes;

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
  const effects = new DecisionEffects({
    names: resolver,
    upstreams,
    requests,
    tunnels,
    limits,
    events,
    metrics,
    clock,
  });
  const sources = { policy, upstreams, names: resolver };
  const decider = new Decider({ clients, sources, answers, limits, effects, clock, log });
  registerReadings(options.metrics, {
    holds: () => holds.size,
    pending: () => decider.pending,
    delayed: () => limits.delayed,
    ruleSets: () => policy.counts(),
    ruleSetsBeyondQuota: () => policy.ruleSetsBeyondQuota,
    delayedNamespaces: () => policy.delayedNamespaces,
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
    squidHasEnded: squidIsAway,
    metrics,
  });
  const clientTable = assembleClientTable(options, { policy, clients, limits, metrics });
  policy.subscribe({ onPod: () => clientTable.changed(), onClients: () => clientTable.changed() });

  const proxyPort = () => policy.proxy?.spec.port ?? DEFAULT_PORT;
  const parentPorts = (settings.upstreams ?? []).map(({ port }) => port);
  return new Agent({
    settings,
    policy,
    feed,
    snapshots,
    answers,
    ...routes,
    startupListeners: new StartupListeners(parentPorts, proxyPort),
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

/** What decisions depend on: its feed from the API server, and the snapshot from which the next agent starts. */
function assemblePolicy(
  { settings, proxy, sources, clock, log }: AgentOptions,
  { answers, metrics }: { answers: AnswerCache<Outcome>; metrics: AgentMetrics },
): { policy: PolicyState; feed: PolicyFeed; snapshots: SnapshotKeeper } {
  const { productNamespace, upstreams = [] } = settings;
  const invalidate = () => answers.invalidate();
  const policy = new PolicyState({ proxy, productNamespace, upstreams, invalidate, clock, log });
  const path = join(settings.stateDir, 'snapshot.jsonl');
  const feed = new PolicyFeed({ policy, sources, path, clock, log });
  const snapshots = new SnapshotKeeper({
    path,
    entries: () => policy.entries(),
    clock,
    log,
    onFailed: () => metrics.unwritten('snapshot'),
  });
  policy.subscribe({ onChange: () => snapshots.changed() });
  return { policy, feed, snapshots };
}

/** How a target is reached: the addresses of names, and the parents with their health. */
function assembleRoutes(
  { settings, credentialsFolder, authoritiesFolder, clock, log }: AgentOptions,
  parts: {
    policy: PolicyState;
    answers: AnswerCache<Outcome>;
    squidIsAway: () => boolean;
    metrics: AgentMetrics;
  },
): { health: ParentHealth; resolver: Resolver; upstreams: Upstreams } {
  const { policy, answers, squidIsAway, metrics } = parts;
  const { upstreams: endpoints = [] } = settings;
  const invalidate = () => answers.invalidate();
  const health = new ParentHealth(endpoints, clock);
  const resolver = new Resolver({
    settings,
    policy,
    invalidate,
    isDead: (host, address) => health.isDead(host, address),
    isStarting: squidIsAway,
    metrics,
    clock,
    log,
  });
  const upstreams = new Upstreams({
    endpoints,
    spec: () => policy.proxy?.spec.upstreams ?? [],
    health,
    credentials: new UpstreamCredentials(credentialsFolder, clock),
    addresses: (host) => resolver.parents.of(host),
    authoritiesFolder,
    invalidate,
    clock,
    log,
  });
  return { health, resolver, upstreams };
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

function gateOutcome({ outcome, fault }: GateReport): 'passed' | 'reported' | 'ended' {
  if (fault === undefined) return 'passed';
  return outcome === 'ended' ? 'ended' : 'reported';
}
