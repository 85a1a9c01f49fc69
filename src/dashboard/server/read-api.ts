import type { FastifyError, FastifyPluginAsync } from 'fastify';
import type { Log } from '../../telemetry/index.ts';
import type { Authenticator, Viewer } from '../access/index.ts';
import { answerRequest } from './answer-request.ts';
import { sendError } from './send-error.ts';
import { type Simulate, simulation } from './simulation.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set before every handler of the read API. */
    viewer: Viewer;
  }
}

export interface QueryInput {
  params: Readonly<Record<string, string>>;
  query: Readonly<Record<string, string | undefined>>;
}

/** Answers a viewer; undefined: the object does not exist, or the viewer may not see it. */
export type RouteHandler = (viewer: Viewer, input: QueryInput) => Promise<object | undefined>;
/** Handlers by path in Fastify's syntax. */
export type Routes = Readonly<Record<string, RouteHandler>>;

export interface ReadApiOptions {
  authenticator: Authenticator;
  routes: Routes;
  simulate: Simulate;
  log: Log;
}

/** The read API, simulations included, and the answers to requests. Every route needs a bearer token. */
export const readApi: FastifyPluginAsync<ReadApiOptions> = async (api, options) => {
  const { authenticator, routes, simulate, log } = options;
  api.decorateRequest('viewer');
  api.addHook('preHandler', async (request, reply) => {
    const viewer = await authenticate(authenticator, request.headers.authorization);
    if (viewer === undefined) return sendError(reply, 401, 'unauthenticated: send a token of this cluster');
    request.viewer = viewer;
  });
  api.setErrorHandler((err: FastifyError, request, reply) => {
    if ((err.statusCode ?? 500) < 500) return sendError(reply, err.statusCode ?? 400, err.message);
    log.warn({ err, path: request.routeOptions.url }, 'a request failed');
    return sendError(reply, 503, 'the API server did not answer the dashboard; try again in a moment');
  });
  await api.register(answerRequest);
  await api.register(simulation, { simulate });
  for (const [path, handle] of Object.entries(routes)) {
    api.get<{ Params: QueryInput['params']; Querystring: QueryInput['query'] }>(
      path,
      async ({ viewer, params, query }, reply) => {
        const found = await handle(viewer, { params, query });
        if (found === undefined)
          return sendError(reply, 404, 'not found, or you have no permission to see it');
        return reply.header('cache-control', 'no-store').send(found);
      },
    );
  }
};

async function authenticate(authenticator: Authenticator, header = ''): Promise<Viewer | undefined> {
  const token = /^Bearer (\S+)$/i.exec(header)?.[1];
  return token === undefined ? undefined : authenticator.authenticate(token);
}
