import fastifyStatic from '@fastify/static';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Log } from '../../telemetry/index.ts';
import type { Gate, Viewer } from '../access/index.ts';
import { securityHeaders } from './security-headers.ts';

export interface ServerParts {
  gate: Gate;
  routes: Routes;
  /** The folder of the built page. */
  pageDir: string;
  /** What has to stand in the Host header; undefined: anything. A page of another site whose name leads here has another. */
  isOwnHost?: (host: string) => boolean;
  log: Log;
}

/** The answer to a viewer; undefined: there is no such thing, or they may not see it. */
export type Answer = (viewer: Viewer, request: Asked) => Promise<object | undefined>;
/** By path below `/api`, in Fastify's syntax. */
export type Routes = Readonly<Record<string, Answer>>;

export interface Asked {
  params: Readonly<Record<string, string>>;
  query: Readonly<Record<string, string | undefined>>;
}

/** The page and its read API, not listening yet. There is nothing to be written: every method but GET is unknown. */
export function buildServer(parts: ServerParts): FastifyInstance {
  const app = Fastify({
    exposeHeadRoutes: false,
    forceCloseConnections: true,
    bodyLimit: 1024,
    requestTimeout: 10_000,
    // A token is long where the identity provider is talkative.
    http: { maxHeaderSize: 64 * 1024 },
  });
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(securityHeaders);
    if (parts.isOwnHost?.(request.headers.host ?? '') === false) {
      return refuse(reply, 421, 'this name is not the dashboard\u2019s: open the address that it printed');
    }
  });
  for (const [path, answer] of Object.entries(parts.routes)) addRoute(app, path, answer, parts);
  app.get('/api/*', (_request, reply) => refuse(reply, 404, 'there is nothing here'));
  app.register(fastifyStatic, {
    root: parts.pageDir,
    wildcard: false,
    cacheControl: false,
    setHeaders: (reply, path) => {
      reply.header(
        'cache-control',
        path.endsWith('.html') ? 'no-cache' : 'public, max-age=31536000, immutable',
      );
    },
  });
  app.setNotFoundHandler((request, reply) => refuse(reply, 404, `${request.method} is not for this path`));
  app.setErrorHandler((error, _request, reply) => {
    parts.log.error({ err: error }, 'a request could not be answered');
    return refuse(reply, 500, 'the dashboard could not answer; its log says why');
  });
  return app;
}

function addRoute(app: FastifyInstance, path: string, answer: Answer, { gate, log }: ServerParts): void {
  app.get(`/api${path}`, async (request, reply) => {
    reply.header('cache-control', 'no-store');
    try {
      const viewer = await admit(gate, request);
      if (viewer === undefined) return refuse(reply, 401, 'show a token that this cluster knows');
      const { params, query } = request as FastifyRequest & Asked;
      const found = await answer(viewer, { params, query });
      return found ?? refuse(reply, 404, 'there is no such thing, or you may not see it');
    } catch (err) {
      log.warn({ err, path }, 'a viewer could not be answered');
      return refuse(reply, 503, 'the API server cannot be asked what you may see; try again in a moment');
    }
  });
}

async function admit(gate: Gate, { headers }: FastifyRequest): Promise<Viewer | undefined> {
  const token = /^Bearer (\S+)$/i.exec(headers.authorization ?? '')?.[1];
  return token === undefined ? undefined : gate.admit(token);
}

function refuse(reply: FastifyReply, status: number, error: string): FastifyReply {
  return reply.code(status).header('cache-control', 'no-store').send({ error });
}
