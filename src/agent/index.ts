/** The component beside Squid in each proxy pod: decides, resolves, and writes the audit log. */
import { mkdirSync } from 'node:fs';
import { GROUP } from '../api/index.ts';
import { type ComponentContext, runComponent } from '../component/index.ts';
import { createKubeMetrics, EventRecorder, KubeClient, loadCluster, splitKey } from '../kube/index.ts';
import { AUTHORITIES_FOLDER, CREDENTIALS_FOLDER } from '../proxy/index.ts';
import { createMetrics, startTelemetryServer } from '../telemetry/index.ts';
import { systemClock } from '../time/index.ts';
import { CallerReview } from './api/index.ts';
import { assembleAgent } from './assemble.ts';
import { createReflectors } from './state/index.ts';

export { Agent } from './agent.ts';
export type { AgentOptions } from './agent-options.ts';
export { assembleAgent } from './assemble.ts';
export { type ClientPod, type Sources, trimPod } from './state/index.ts';

const STDOUT = 1;

/** `kube-egress agent`: runs until SIGTERM or SIGINT, then until Squid has ended and its log is written. */
export function runAgent(argv: readonly string[]): Promise<number> {
  return runComponent('agent', argv, run);
}

async function run({ settings, log, stopped }: ComponentContext<'agent'>): Promise<void> {
  const { namespace = '', name } = splitKey(settings.proxy);
  const clock = systemClock;
  const metrics = createMetrics();
  const client = new KubeClient(await loadCluster({ kubeconfig: settings.kubeconfig }));
  const stopping = new AbortController();
  mkdirSync(settings.stateDir, { recursive: true });
  const recorder = new EventRecorder({
    client,
    component: 'kube-egress-agent',
    instance: settings.podName,
    namespace,
    log,
    clock,
  });
  const access = (subresource: string) => {
    const permission = { group: GROUP, resource: 'egressproxies', subresource, verb: 'get', namespace, name };
    return new CallerReview({ client, clock, permission });
  };
  const agent = assembleAgent({
    settings,
    proxy: { namespace, name },
    credentialsFolder: CREDENTIALS_FOLDER,
    authoritiesFolder: AUTHORITIES_FOLDER,
    sources: createReflectors({
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
    checks: { squid: () => agent.squidReadiness() },
    registry: metrics.registry,
    log,
  });
  const starting = agent.start();
  // Only a failed start ends the agent.
  await Promise.race([stopped, starting.then(() => stopped)]);
  await agent.stop();
  stopping.abort();
  await telemetry.close();
}
