import { readFile } from 'node:fs/promises';
import { type ComponentContext, runComponent } from '../component/index.ts';
import type { ControllerSettings } from '../config/index.ts';
import { KubeClient, loadCluster, resources } from '../kube/index.ts';
import { createMetrics, startTelemetryServer } from '../telemetry/index.ts';
import { readClusterDomain, readNameservers } from './discovery/index.ts';
import { type StartedController, startController } from './start-controller.ts';

/** `kube-egress controller`: runs until SIGTERM or SIGINT and resolves with the exit code. */
export function runController(argv: readonly string[]): Promise<number> {
  return runComponent('controller', argv, serve);
}

async function serve({ settings, log, signal }: ComponentContext<'controller'>): Promise<void> {
  const metrics = createMetrics();
  const cluster = await loadCluster({ kubeconfig: settings.kubeconfig });
  const client = new KubeClient(cluster);
  const resolvConf = await readFile('/etc/resolv.conf', 'utf8').catch(() => '');
  const controller = startController(
    {
      productNamespace: settings.namespace,
      identity: settings.identity,
      image: settings.image ?? (await ownImage(client, settings)),
      telemetryPort: settings.telemetryPort,
      activityIntervalMs: settings.activityIntervalMs,
      unusedDays: settings.unusedDays,
      removeExpiredDays: settings.removeExpiredDays,
      foundDomain: readClusterDomain(resolvConf),
      nameservers: readNameservers(resolvConf),
    },
    { client, cluster, log, metrics },
    signal,
  );
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

/** The image of this pod, since installers change only the image of the Deployment. */
async function ownImage(client: KubeClient, { namespace, identity }: ControllerSettings): Promise<string> {
  const pod = await client.find(resources.pods, { namespace, name: identity });
  const image = pod?.spec?.containers?.[0]?.image;
  if (image === undefined) {
    throw new Error(`pod ${namespace}/${identity} has no image that the proxies could use: set --image`);
  }
  return image;
}

function readinessOf(controller: StartedController): { ready: boolean; reasons: string[] } {
  const reasons = controller.notReady();
  return { ready: reasons.length === 0, reasons };
}
