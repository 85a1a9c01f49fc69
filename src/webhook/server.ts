import type { IncomingMessage } from 'node:http';
import type { Server } from 'node:https';
import { finished } from 'node:stream/promises';
import Fastify, { type FastifyError, type FastifyInstance } from 'fastify';
import type { Log } from '../telemetry/index.ts';
import type { Clock } from '../time/index.ts';
import { renderResponse } from './admission-response.ts';
import { type AdmissionRequest, parseReview } from './admission-review.ts';
import type { ServingPair } from './certificate.ts';
import type { DecisionLog } from './decision-log.ts';
import { HttpError, type HttpErrorCode } from './http-errors.ts';
import type { WebhookMetrics } from './metrics.ts';
import type { Verdict } from './verdict.ts';

export type Judge = (request: AdmissionRequest) => Verdict | Promise<Verdict>;

export interface ServerParts {
  pair: ServingPair;
  /** By path. */
  judges: Readonly<Record<string, Judge>>;
  metrics: WebhookMetrics;
  decisions: DecisionLog;
  log: Log;
  clock: Clock;
  /** From then on every answer asks the API server to come back on another connection. */
  isDraining: () => boolean;
}

/** Bytes; controller-runtime's limit. An object of etcd's 1.5 MB comes twice in an update. */
export const BODY_LIMIT = 7 * 1024 * 1024;

const JSON_TYPE = 'application/json; charset=utf-8';

/** Milliseconds. The API server drops idle connections after 90 s: it is to be the one who ends them. */
const KEEP_ALIVE = 120_000;
/** Milliseconds for a whole request to arrive; the API server gives up after 2 s. */
const REQUEST_TIMEOUT = 10_000;

/** The HTTPS server, not listening yet. */
export function buildServer(parts: ServerParts): FastifyInstance<Server> {
  const { cert, key } = parts.pair;
  const app = Fastify({
    https: { cert, key, minVersion: 'TLSv1.2' },
    bodyLimit: BODY_LIMIT,
    keepAliveTimeout: KEEP_ALIVE,
    requestTimeout: REQUEST_TIMEOUT,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    exposeHeadRoutes: false,
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
    try {
      done(null, parseBody(body as string));
    } catch (error) {
      done(error as HttpError);
    }
  });
  app.addHook('onSend', (_request, reply, _payload, done) => {
    if (parts.isDraining()) reply.header('connection', 'close');
    done();
  });
  for (const [path, judge] of Object.entries(parts.judges)) addRoute(app, path, judge, parts);
  addErrorAnswers(app, parts);
  return app;
}

function addRoute(app: FastifyInstance<Server>, path: string, judge: Judge, parts: ServerParts): void {
  const { metrics, decisions, clock } = parts;
  app.post(path, (request, reply) => {
    const start = clock.monotonic();
    const review = parseReview(request.body);
    const answer = (verdict: Verdict) => {
      const text = renderResponse(review, verdict);
      metrics.judged(path, verdict, (clock.monotonic() - start) / 1000);
      decisions.decided(review, verdict);
      return reply.header('content-type', JSON_TYPE).send(text);
    };
    const verdict = judge(review);
    // Most verdicts are there at once: then no promise is made, which is a fifth of what a request costs.
    return verdict instanceof Promise ? verdict.then(answer) : answer(verdict);
  });
}

function addErrorAnswers(app: FastifyInstance<Server>, { metrics, log }: ServerParts): void {
  app.setErrorHandler(async (error: Error, request, reply) => {
    const answer = httpErrorOf(error, request.id, request.headers['content-type']);
    metrics.failed(request.routeOptions.url ?? 'unknown', answer.code);
    const fields = { reqId: request.id, path: request.url, code: answer.code };
    if (answer.status >= 500) log.error({ ...fields, err: error }, 'a request could not be judged');
    else log.debug(fields, answer.message);
    if (answer.code === 'BODY_TOO_LARGE') await passOver(request.raw);
    return reply.code(answer.status).send({ code: answer.code, message: answer.message });
  });
  app.setNotFoundHandler(async (request, reply) => {
    const answer = new HttpError('ROUTE_UNKNOWN', `${request.method} ${request.url}`);
    metrics.failed('unknown', answer.code);
    return reply.code(answer.status).send({ code: answer.code, message: answer.message });
  });
}

/**
 * Reads what is left of a body to its end, or to that of REQUEST_TIMEOUT: a client that still sends when its connection
 * closes does not get to read the answer.
 */
async function passOver(request: IncomingMessage): Promise<void> {
  request.resume();
  await finished(request, { writable: false }).catch(() => {});
}

function parseBody(body: string): unknown {
  if (body.length === 0) throw new HttpError('BODY_EMPTY');
  try {
    return JSON.parse(body);
  } catch (cause) {
    throw new HttpError('BODY_NOT_JSON', cause instanceof Error ? cause.message : '', { cause });
  }
}

const ownCodes: Record<string, HttpErrorCode> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'BODY_TOO_LARGE',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'MEDIA_TYPE_UNSUPPORTED',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'BODY_EMPTY',
};

/** Fastify's own errors in the words of our table. */
function httpErrorOf(error: Error, requestId: string, contentType: string | undefined): HttpError {
  if (error instanceof HttpError) return error;
  const { code, statusCode = 500 } = error as FastifyError;
  const own = ownCodes[code];
  if (own === 'BODY_TOO_LARGE') return new HttpError(own, String(BODY_LIMIT));
  if (own !== undefined) return new HttpError(own, contentType ?? 'missing');
  return statusCode < 500
    ? new HttpError('REQUEST_MALFORMED', error.message)
    : new HttpError('INTERNAL', requestId);
}
