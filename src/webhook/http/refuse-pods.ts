import type { Server } from 'node:https';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { Log } from '../../telemetry/index.ts';
import type { WebhookMetrics } from './metrics.ts';

export interface RefusePodsOptions {
  /** The pod that has an address, as `namespace/name`; undefined for the API server, and for whatever is not known. */
  findPod: (address: string) => string | undefined;
  metrics: WebhookMetrics;
  log: Log;
}

/** Pods that are remembered as logged. They are forgotten together, at the price of repeated lines. */
const REMEMBERED = 1_000;

/**
 * Ends connections from pods before their TLS handshake, so that no pod can keep the webhook from answering the API
 * server. A NetworkPolicy cannot do this: it has no peer for the API server (decision 42).
 */
export function refusePods(app: FastifyInstance<Server>, { findPod, metrics, log }: RefusePodsOptions): void {
  const logged = new Set<string>();
  const refuse = (socket: Socket): boolean => {
    const pod = findPod(socket.remoteAddress ?? '');
    if (pod === undefined) return false;
    socket.destroy();
    metrics.refused();
    if (logged.has(pod)) return true;
    if (logged.size >= REMEMBERED) logged.clear();
    logged.add(pod);
    log.warn({ pod }, 'refused the connection of a pod: only the API server may call the webhook');
    return true;
  };
  app.server.on('connection', refuse);
  // The API shows a pod's address some time after the pod can connect.
  app.addHook('onRequest', ({ raw }, reply, done) => {
    if (refuse(raw.socket)) reply.hijack();
    else done();
  });
}
