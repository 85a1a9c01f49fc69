import { type ComponentContext, runComponent } from '../component/index.ts';
import { createKubeMetrics, KubeClient, loadCluster } from '../kube/index.ts';
import { createMetrics, startTelemetryServer } from '../telemetry/index.ts';
import { type StartingWebhook, startWebhook } from './start-webhook.ts';

/** Milliseconds: endpoints and the API server's connections have moved by then. The pod's grace (40 s) is longer. */
const DRAIN = 10_000;

/** `kube-egress webhook`: runs until SIGTERM or SIGINT and resolves with the exit code. */
export function runWebhook(argv: readonly string[]): Promise<number> {
  return runComponent('webhook', argv, serve);
}

async function serve({ settings, log, stopped }: ComponentContext<'webhook'>): Promise<void> {
  const { registry } = createMetrics();
  const client = new KubeClient(await loadCluster({ kubeconfig: settings.kubeconfig }));
  const abort = new AbortController();
  const webhook = startWebhook(
    {
      host: undefined,
      port: settings.port,
      productNamespace: settings.namespace,
      secretName: settings.secretName,
      tunnelNamespace: settings.tunnelNamespace,
      namespaceWaitMs: settings.namespaceWaitMs,
      drainMs: DRAIN,
    },
    { client, log, registry, kubeMetrics: createKubeMetrics(registry) },
    abort.signal,
  );
  const telemetry = await startTelemetryServer({
    port: settings.telemetryPort,
    readiness: () => readinessOf(webhook),
    registry,
    log,
  });
  try {
    const listening = await Promise.race([webhook.listening, stopped.then(() => undefined)]);
    await stopped;
    log.info({ drainMs: DRAIN }, 'stopping');
    await listening?.stop();
  } finally {
    abort.abort(new Error('stopped'));
    await webhook.listening.catch(() => {});
    await telemetry.close();
  }
}

function readinessOf({ notReady }: StartingWebhook): { ready: boolean; reasons: string[] } {
  const reasons = notReady();
  return { ready: reasons.length === 0, reasons };
}
