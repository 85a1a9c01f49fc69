import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { Clock } from '../kube/index.ts';
import type { Log } from '../telemetry/index.ts';
import { renderResponse } from './admission-response.ts';
import { type AdmissionRequest, parseReview } from './admission-review.ts';
import type { ServingPair } from './certificate.ts';
import type { DecisionLog } from './decision-log.ts';
import { HttpError } from './http-errors.ts';
import type { WebhookMetrics } from './metrics.ts';
import { readBody } from './read-body.ts';
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

const JSON_TYPE = 'application/json; charset=utf-8';

/** Milliseconds. The API server drops idle connections after 90 s: it is to be the one who ends them. */
const KEEP_ALIVE = 120_000;
/** Milliseconds for a whole request to arrive; the API server gives up after 2 s. */
const REQUEST_TIMEOUT = 10_000;

/**
 * The HTTPS server, not listening yet. Node's own: with a framework around it a request costs half as much again
 * (docs/decisions/0028-the-webhook-has-no-framework.md).
 */
export function buildServer(parts: ServerParts): Server {
  const { cert, key } = parts.pair;
  const judges = new Map(Object.entries(parts.judges));
  const options = {
    cert,
    key,
    minVersion: 'TLSv1.2',
    keepAliveTimeout: KEEP_ALIVE,
    requestTimeout: REQUEST_TIMEOUT,
  } as const;
  return createServer(options, (request, response) => {
    const path = pathOf(request);
    const judge = request.method === 'POST' ? judges.get(path) : undefined;
    const exchange = { path: judge === undefined ? 'unknown' : path, request, response, parts };
    if (judge === undefined) refuse(exchange, routeUnknown(request));
    else if (!isJson(request)) refuse(exchange, mediaTypeUnsupported(request));
    else readBody(request, (body) => judgeReview(exchange, judge, body));
  });
}

/** A request under way. */
interface Exchange {
  /** As the metrics have it. */
  path: string;
  request: IncomingMessage;
  response: ServerResponse;
  parts: ServerParts;
}

/** Most verdicts are there at once: then no promise is made, which is a fifth of what a request costs. */
function judgeReview(exchange: Exchange, judge: Judge, body: string | HttpError): void {
  try {
    const parsed = parseBody(body);
    const start = exchange.parts.clock.monotonic();
    const review = parseReview(parsed);
    const verdict = judge(review);
    const answerWith = (judged: Verdict) => answer(exchange, review, judged, start);
    if (verdict instanceof Promise) verdict.then(answerWith).catch((error) => refuse(exchange, error));
    else answerWith(verdict);
  } catch (error) {
    refuse(exchange, error);
  }
}

/** `start`: on the monotonic clock. */
function answer(exchange: Exchange, review: AdmissionRequest, verdict: Verdict, start: number): void {
  const { path, parts } = exchange;
  const text = renderResponse(review, verdict);
  parts.metrics.judged(path, verdict, (parts.clock.monotonic() - start) / 1000);
  parts.decisions.decided(review, verdict);
  send(exchange, 200, text);
}

function refuse(exchange: Exchange, cause: unknown): void {
  const { path, request, parts } = exchange;
  const reqId = randomUUID();
  const error = cause instanceof HttpError ? cause : new HttpError('INTERNAL', reqId);
  parts.metrics.failed(path, error.code);
  const fields = { reqId, path: request.url, code: error.code };
  if (error.status >= 500) parts.log.error({ ...fields, err: cause }, 'a request could not be judged');
  else parts.log.debug(fields, error.message);
  // What is left of such a body is not waited for.
  if (error.code === 'BODY_TOO_LARGE') exchange.response.shouldKeepAlive = false;
  send(exchange, error.status, JSON.stringify({ code: error.code, message: error.message }));
}

function send({ response, parts }: Exchange, status: number, text: string): void {
  if (parts.isDraining()) response.shouldKeepAlive = false;
  const length = Buffer.byteLength(text);
  response.writeHead(status, { 'content-type': JSON_TYPE, 'content-length': length });
  // The same bytes where all is ASCII, and cheaper to write.
  response.end(text, length === text.length ? 'latin1' : 'utf8');
}

function parseBody(text: string | HttpError): unknown {
  if (text instanceof HttpError) throw text;
  if (text === '') throw new HttpError('BODY_EMPTY');
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new HttpError('BODY_NOT_JSON', cause instanceof Error ? cause.message : '', { cause });
  }
}

/** Without the query: the API server sends its timeout in one. */
function pathOf({ url = '' }: IncomingMessage): string {
  const query = url.indexOf('?');
  return query < 0 ? url : url.slice(0, query);
}

function isJson({ headers }: IncomingMessage): boolean {
  const type = headers['content-type'];
  return type === 'application/json' || /^application\/json\s*(;|$)/i.test(type ?? '');
}

function mediaTypeUnsupported({ headers }: IncomingMessage): HttpError {
  return new HttpError('MEDIA_TYPE_UNSUPPORTED', headers['content-type'] ?? 'missing');
}

function routeUnknown({ method, url }: IncomingMessage): HttpError {
  return new HttpError('ROUTE_UNKNOWN', `${method} ${url}`);
}
