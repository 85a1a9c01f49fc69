import fastifyStatic from '@fastify/static';
import Fastify, { type FastifyInstance } from 'fastify';
import { type ReadApiOptions, readApi } from './read-api.ts';
import { securityHeaders } from './security-headers.ts';
import { sendError } from './send-error.ts';

export interface ServerOptions extends ReadApiOptions {
  /** Folder of the built page. */
  pageDir: string;
  /**
   * Checks the Host header; undefined: every host is accepted. It rejects a page of another site whose name resolves to
   * this machine (DNS rebinding).
   */
  isOwnHost?: (host: string) => boolean;
}

/** Builds the server of the page and its API. It does not listen yet. Only GET is known, except for a simulation and the answer to a request. */
export function buildServer({ pageDir, isOwnHost, ...readApiOptions }: ServerOptions): FastifyInstance {
  const { log } = readApiOptions;
  const app = Fastify({
    exposeHeadRoutes: false,
    forceCloseConnections: true,
    bodyLimit: 1024,
    requestTimeout: 10_000,
    // Tokens of some identity providers are long.
    http: { maxHeaderSize: 64 * 1024 },
  });
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(securityHeaders);
    if (isOwnHost?.(request.headers.host ?? '') === false) {
      return sendError(reply, 421, 'wrong host name: open the URL that the dashboard printed');
    }
  });
  app.register(readApi, { prefix: '/api', ...readApiOptions });
  app.get('/api/*', (_request, reply) => sendError(reply, 404, 'not found'));
  app.register(fastifyStatic, {
    root: pageDir,
    wildcard: false,
    cacheControl: false,
    setHeaders: (reply, path) => {
      reply.header(
        'cache-control',
        path.endsWith('.html') ? 'no-cache' : 'public, max-age=31536000, immutable',
      );
    },
  });
  app.setNotFoundHandler((request, reply) =>
    sendError(reply, 404, `not found: ${request.method} on this path`),
  );
  app.setErrorHandler((error, _request, reply) => {
    log.error({ err: error }, 'a request failed');
    return sendError(reply, 500, 'internal error; see the log of the dashboard');
  });
  return app;
}
