import { readFile } from 'node:fs/promises';
import { type ControllerSettings, loadSettings } from '../config/index.ts';
import { KubeClient, loadCluster, resources, splitKey } from '../kube/index.ts';
import { createLogger, createMetrics, startTelemetryServer } from '../telemetry/index.ts';
import { readClusterDomain } from './discovery/index.ts';
import { type Controller, startController } from './start-controller.ts';

const ABOUT = 'Keeps Squid, the NetworkPolicies and the certificates in place.';

/** `kube-egress controller`: runs until SIGTERM or SIGINT; the exit code comes back. */
export async function runController(argv: readonly string[]): Promise<number> {
  const loaded = loadSettings('controller', ABOUT, argv);
  if ('exitCode' in loaded) return loaded.exitCode;
  const { settings } = loaded;
  const log = createLogger({ part: 'controller', level: settings.logLevel });
  try {
    await serve(settings, log);
    return 0;
  } catch (err) {
    log.error({ err }, 'the controller ends');
    return 1;
  }
}

async function serve(settings: ControllerSettings, log: ReturnType<typeof createLogger>): Promise<void> {
  const metrics = createMetrics();
  const cluster = await loadCluster({ kubeconfig: settings.kubeconfig });
  const client = new KubeClient(cluster);
  const stop = new AbortController();
  const { name, namespace = 'kube-system' } = splitKey(settings.dnsService);
  const controller = startController(
    {
      productNamespace: settings.namespace,
      identity: settings.identity,
      image: settings.image ?? (await ownImage(client, settings)),
      dnsService: { namespace, name },
      telemetryPort: settings.telemetryPort,
      activityIntervalMs: settings.activityIntervalMs,
      unusedDays: settings.unusedDays,
      clusterDomain: settings.clusterDomain,
      foundDomain: readClusterDomain(await readFile('/etc/resolv.conf', 'utf8').catch(() => '')),
    },
    { client, cluster, log, metrics },
    stop.signal,
  );
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => stop.abort(new Error(signal)));
  }
  const telemetry = await startTelemetryServer({
    port: settings.telemetryPort,
    readiness: () => readinessOf(controller),
    registry: metrics.registry,
    log,
  });
  try {
    await controller.ended;
  } finally {
    await telemetry.close();
    await client.close();
  }
}

/** Installers rewrite the image of the Deployment and nothing else: what this pod runs from is the truth. */
async function ownImage(client: KubeClient, { namespace, identity }: ControllerSettings): Promise<string> {
  const pod = await client.find(resources.pods, { namespace, name: identity });
  const image = pod?.spec?.containers?.[0]?.image;
  if (image === undefined) {
    throw new Error(`pod ${namespace}/${identity} has no image to take for the proxies: set --image`);
  }
  return image;
}

function readinessOf(controller: Controller): { ready: boolean; reasons: string[] } {
  const reasons = controller.notReady();
  return { ready: reasons.length === 0, reasons };
}
