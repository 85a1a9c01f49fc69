/** What stands beside Squid in each proxy pod: decides, resolves, and writes the audit log. */
import { mkdirSync } from 'node:fs';
import { GROUP } from '../api/index.ts';
import { type AgentSettings, loadSettings } from '../config/index.ts';
import { createKubeMetrics, EventRecorder, KubeClient, loadCluster, splitKey } from '../kube/index.ts';
import { AUTHORITIES_FOLDER, CREDENTIALS_FOLDER } from '../proxy/index.ts';
import { createLogger, createMetrics, type Log, startTelemetryServer } from '../telemetry/index.ts';
import { systemClock } from '../time/index.ts';
import { Agent } from './agent.ts';
import { AccessReview } from './api-server/access-review.ts';
import { followCluster } from './knowledge/follow-cluster.ts';

export { Agent, type AgentOptions } from './agent.ts';
export { type ClientPod, trimPod } from './identity/client-pod.ts';
export type { KnownNamespace, Sources } from './knowledge/knowledge.ts';
export type { Source } from './knowledge/mirror.ts';

const STDOUT = 1;

/** Runs until SIGTERM or SIGINT; the exit code, once Squid has ended and its log is printed. */
export async function runAgent(argv: readonly string[]): Promise<number> {
  const loaded = loadSettings('agent', 'decides for the Squid beside it and writes the audit log', argv);
  if ('exitCode' in loaded) return loaded.exitCode;
  const { settings } = loaded;
  const log = createLogger({ part: 'agent', level: settings.logLevel });
  try {
    await run(settings, log);
    process.exit(0);
  } catch (err) {
    log.error({ err }, 'the agent ends');
    process.exit(1);
  }
}

async function run(settings: AgentSettings, log: Log): Promise<void> {
  const { namespace = '', name } = splitKey(settings.proxy);
  const clock = systemClock;
  const metrics = createMetrics();
  const client = new KubeClient(await loadCluster({ kubeconfig: settings.kubeconfig }));
  const stopping = new AbortController();
  const stopped = new Promise<void>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve());
  });
  mkdirSync(settings.stateDir, { recursive: true });
  const recorder = new EventRecorder({
    client,
    component: 'kube-egress-agent',
    instance: settings.podName,
    log,
    clock,
  });
  const access = (subresource: string) => {
    const permission = { group: GROUP, resource: 'egressproxies', subresource, verb: 'get', namespace, name };
    return new AccessReview({ client, clock, permission });
  };
  const agent = new Agent({
    settings,
    proxy: { namespace, name },
    credentialsFolder: CREDENTIALS_FOLDER,
    authoritiesFolder: AUTHORITIES_FOLDER,
    sources: followCluster({
      client,
      log,
      clock,
      metrics: createKubeMetrics(metrics.registry).reflector,
      signal: stopping.signal,
    }),
    recorder,
    access: { generations: access('generations'), flows: access('flows') },
    metrics,
    clock,
    log,
    auditFd: STDOUT,
  });
  const telemetry = await startTelemetryServer({
    port: settings.telemetryPort,
    readiness: () => agent.readiness(),
    registry: metrics.registry,
    log,
  });
  const starting = agent.start();
  // A start that fails ends the agent; one that succeeds does not.
  await Promise.race([stopped, starting.then(() => stopped)]);
  await agent.stop();
  stopping.abort();
  await telemetry.close();
}
