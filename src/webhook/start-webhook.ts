import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';
import type { KubeClient, KubeMetrics } from '../kube/index.ts';
import type { Log } from '../telemetry/index.ts';
import { type Clock, systemClock } from '../time/index.ts';
import { ClusterView } from './cluster-view.ts';
import { DecisionLog } from './decision-log.ts';
import { drainServer } from './drain.ts';
import { followCluster } from './follow-cluster.ts';
import { judges } from './judges.ts';
import { registerMetrics } from './metrics.ts';
import { notReadyBecause } from './readiness.ts';
import { buildServer } from './server.ts';
import { ServingCertificate } from './serving-certificate.ts';

export interface WebhookOptions {
  /** Undefined: every address of the pod. */
  host: string | undefined;
  /** 0 takes any free one. */
  port: number;
  /** Where the product runs: pods there are never touched, and the Secret lies there. */
  productNamespace: string;
  /** The Secret of type kubernetes.io/tls with the serving pair. */
  secretName: string;
  /** Milliseconds for which a pod waits for a namespace that is not known yet. */
  namespaceWaitMs: number;
  /** Milliseconds in which a stopping webhook goes on answering. */
  drainMs: number;
}

export interface WebhookDependencies {
  client: KubeClient;
  log: Log;
  registry: Registry;
  kubeMetrics: KubeMetrics;
  clock?: Clock;
}

export interface Webhook {
  port: number;
  /** Not ready at once, then answers for the drain period, then closed. */
  stop(): Promise<void>;
}

export interface StartingWebhook {
  /** One line a reason; empty when requests are answered from a full cache. Asked from the start on. */
  notReady(): string[];
  /** Resolves when it listens, which is after the first sync and with a certificate. */
  listening: Promise<Webhook>;
}

/** Starts to follow the cluster at once. Aborting the signal ends it without a drain. */
export function startWebhook(
  options: WebhookOptions,
  deps: WebhookDependencies,
  signal: AbortSignal,
): StartingWebhook {
  const { client, log, registry, kubeMetrics, clock = systemClock } = deps;
  const { productNamespace, secretName } = options;
  const ended = new AbortController();
  const life = AbortSignal.any([signal, ended.signal]);
  const state = { listening: false, draining: false };

  const followers = followCluster({
    client,
    log,
    clock,
    metrics: kubeMetrics.reflector,
    productNamespace,
    secretName,
  });
  const cluster = new ClusterView(followers, {
    productNamespace,
    namespaceWaitMs: options.namespaceWaitMs,
    clock,
  });
  const certificate = new ServingCertificate(followers.secrets, log);
  const metrics = registerMetrics(registry, () => certificate.current?.notAfter);
  const running = Object.values(followers).map((reflector) => reflector.run(life));

  const listen = async (): Promise<Webhook> => {
    await Promise.all(Object.values(followers).map((reflector) => reflector.synced(life)));
    const app = buildServer({
      pair: await certificate.first(life),
      judges: judges(cluster),
      metrics,
      decisions: new DecisionLog(log, clock),
      log,
      clock,
      isDraining: () => state.draining,
    });
    // New handshakes take the new pair; open connections go on with the old one.
    certificate.onRenewed = (pair) => app.server.setSecureContext({ ...pair, minVersion: 'TLSv1.2' });
    await listenOn(app, options);
    state.listening = true;
    const { port } = app.server.address() as AddressInfo;
    log.info({ port }, 'webhook listening');
    return {
      port,
      async stop() {
        state.draining = true;
        await drainServer(app, options.drainMs, clock);
        ended.abort();
        await Promise.all(running);
      },
    };
  };
  return { listening: listen(), notReady: () => notReadyBecause(followers, certificate, state) };
}

/** Every address means IPv6 and IPv4 where the pod has both. */
async function listenOn(
  app: ReturnType<typeof buildServer>,
  { host, port }: Pick<WebhookOptions, 'host' | 'port'>,
): Promise<void> {
  try {
    await app.listen({ host: host ?? '::', port });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (host !== undefined || (code !== 'EAFNOSUPPORT' && code !== 'EADDRNOTAVAIL')) throw error;
    await app.listen({ host: '0.0.0.0', port });
  }
}
