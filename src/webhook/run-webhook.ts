import { loadSettings, type WebhookSettings } from '../config/index.ts';
import { createKubeMetrics, KubeClient, loadCluster } from '../kube/index.ts';
import { createLogger, createMetrics, startTelemetryServer } from '../telemetry/index.ts';
import { type StartingWebhook, startWebhook } from './start-webhook.ts';

/** Milliseconds: endpoints and the API server's connections have moved by then. The pod's grace (40 s) is longer. */
const DRAIN = 10_000;

/** `kube-egress webhook`: runs until SIGTERM or SIGINT; the exit code comes back. */
export async function runWebhook(argv: readonly string[]): Promise<number> {
  const loaded = loadSettings('webhook', 'Injects the proxy variables and refuses bad rule sets.', argv);
  if ('exitCode' in loaded) return loaded.exitCode;
  const { settings } = loaded;
  const log = createLogger({ part: 'webhook', level: settings.logLevel });
  try {
    await serve(settings, log);
    return 0;
  } catch (err) {
    log.error({ err }, 'the webhook ends');
    return 1;
  }
}

async function serve(settings: WebhookSettings, log: ReturnType<typeof createLogger>): Promise<void> {
  const { registry } = createMetrics();
  const client = new KubeClient(await loadCluster({ kubeconfig: settings.kubeconfig }));
  const stopped = nextSignal();
  const abort = new AbortController();
  const webhook = startWebhook(
    {
      host: undefined,
      port: settings.port,
      productNamespace: settings.namespace,
      secretName: settings.secretName,
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

function nextSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => resolve());
  });
}
