import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';
import type { KubeClient, KubeMetrics } from '../kube/index.ts';
import type { Log } from '../telemetry/index.ts';
import { type Clock, systemClock } from '../time/index.ts';
import { ServingCertificate } from './certificate/index.ts';
import { ClusterView, createPodReflector, createReflectors, PodAddresses } from './cluster/index.ts';
import { createHandlers } from './handlers/index.ts';
import { buildServer, DecisionLog, drainServer, registerMetrics, useCertificate } from './http/index.ts';
import { notReadyBecause } from './readiness.ts';

export interface WebhookOptions {
  /** Undefined: all addresses of the pod. */
  host: string | undefined;
  /** 0: any free port. */
  port: number;
  /** Namespace of the product: its pods are never changed, and the Secret is there. */
  productNamespace: string;
  /** The Secret of type kubernetes.io/tls with the serving pair. */
  secretName: string;
  /** Namespace whose pods may call the webhook. */
  tunnelNamespace: string;
  /** Milliseconds that a request waits for a namespace that is not cached yet. */
  namespaceWaitMs: number;
  /** Milliseconds that a stopping webhook keeps answering. */
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
  /** Becomes unready immediately, answers for the drain period, then closes. */
  stop(): Promise<void>;
}

export interface StartingWebhook {
  /** One line a reason; empty when requests are answered from complete caches. */
  notReady(): string[];
  /** Resolves when the webhook listens: after the first sync, with a certificate. */
  listening: Promise<Webhook>;
}

/** Aborting the signal ends the webhook without a drain. */
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

  const common = { client, log, clock, metrics: kubeMetrics.reflector };
  const reflectors = createReflectors({ ...common, productNamespace, secretName });
  // Apart from the others, since the webhook does not wait for it: no answer depends on it.
  const pods = createPodReflector(common);
  const podAddresses = new PodAddresses(pods, options.tunnelNamespace);
  const cluster = new ClusterView(reflectors, {
    productNamespace,
    namespaceWaitMs: options.namespaceWaitMs,
    clock,
  });
  const certificate = new ServingCertificate(reflectors.secrets, log);
  const metrics = registerMetrics(registry, () => certificate.current?.notAfter);
  const app = buildServer({
    handlers: createHandlers(cluster),
    metrics,
    decisions: new DecisionLog(log, clock),
    log,
    clock,
    isDraining: () => state.draining,
    findPod: (address) => podAddresses.find(address),
  });

  const listen = async (): Promise<Webhook> => {
    // Compiles the schemas, for tens of milliseconds: before the caches are filled.
    await app.ready();
    const running = [...Object.values(reflectors), pods].map((reflector) => reflector.run(life));
    await Promise.all(Object.values(reflectors).map((reflector) => reflector.synced(life)));
    useCertificate(app, await certificate.first(life));
    certificate.onRenewed = (pair) => useCertificate(app, pair);
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
  return { listening: listen(), notReady: () => notReadyBecause(reflectors, certificate, state) };
}

/** All addresses: `::` takes IPv6 and IPv4 where the pod has both. */
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
