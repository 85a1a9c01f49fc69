import type { Server } from 'node:https';
import Fastify, { type FastifyInstance } from 'fastify';
import { type Clock, sleep } from '../../time/index.ts';
import type { KeyPair } from '../../tls/index.ts';
import { type AdmissionOptions, admission } from './admission.ts';
import { limitBodies } from './limit-bodies.ts';
import { type RefusePodsOptions, refusePods } from './refuse-pods.ts';

export interface ServerOptions extends AdmissionOptions, RefusePodsOptions {
  /** While true, every answer asks the API server to open another connection. */
  isDraining: () => boolean;
}

/** Bytes; controller-runtime's limit. An object of etcd's 1.5 MB comes twice in an update. */
export const BODY_LIMIT = 7 * 1024 * 1024;

/** Milliseconds. The API server closes idle connections after 90 s; it is the side that has to close them. */
const KEEP_ALIVE = 120_000;
/** Milliseconds for a whole request to arrive; the API server gives up after 2 s. */
const REQUEST_TIMEOUT = 10_000;
/** Milliseconds that pending requests get at the end of a drain; the API server gives up after 2 s. */
const LAST_REQUESTS = 3_000;

/** The HTTPS server, not listening yet, and without a certificate. */
export function buildServer({ isDraining, findPod, ...options }: ServerOptions): FastifyInstance<Server> {
  const app = Fastify({
    https: {},
    // No loggerInstance: Log is not pino's type, and a child logger for each request would cost processor time.
    bodyLimit: BODY_LIMIT,
    keepAliveTimeout: KEEP_ALIVE,
    requestTimeout: REQUEST_TIMEOUT,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    exposeHeadRoutes: false,
    // Objects are only read: to search each text for such keys costs more than to parse it.
    onProtoPoisoning: 'ignore',
    onConstructorPoisoning: 'ignore',
    ajv: {
      customOptions: { coerceTypes: false, removeAdditional: false, useDefaults: false, verbose: true },
    },
  });
  app.addHook('onSend', (_request, reply, _payload, done) => {
    if (isDraining()) reply.header('connection', 'close');
    done();
  });
  refusePods(app, { findPod, ...options });
  limitBodies(app);
  app.register(admission, options);
  return app;
}

/** New handshakes use the pair; open connections keep the one that they began with. */
export function useCertificate(app: FastifyInstance<Server>, { cert, key }: KeyPair): void {
  app.server.setSecureContext({ cert, key, minVersion: 'TLSv1.2' });
}

/**
 * Stops serving without a failed request: keeps answering for `drainMs`, in which the endpoint leaves the Service and
 * the API server's connections move to another replica one by one; then closes idle connections, and the others after
 * their last answer.
 */
export async function drainServer(
  app: FastifyInstance<Server>,
  drainMs: number,
  clock: Clock,
): Promise<void> {
  await sleep(clock, drainMs);
  const cancel = clock.after(LAST_REQUESTS, () => app.server.closeAllConnections());
  await app.close();
  cancel();
}
