import { Agent, type Dispatcher, errors, ProxyAgent, request } from 'undici';
import { systemClock, timeoutSignal } from '../../time/index.ts';
import { ApiError, UnreachableError } from './api-error.ts';
import type { Cluster, Credentials } from './cluster.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
export type Query = Record<string, string | number | boolean | undefined>;

export interface TransportRequest {
  method: Method;
  /** Path relative to the server's URL, with a leading slash. */
  path: string;
  query?: Query;
  contentType?: string;
  body?: string;
  signal?: AbortSignal | undefined;
  /** Milliseconds until the whole answer (`send`) or its head (`open`) must have arrived. */
  timeoutMs: number;
  /** Bytes of an answer of `send`; a larger one is not read to its end, and is thrown as AnswerTooLargeError. */
  mostBytes?: number;
}

/** The answer has more bytes than the caller takes. */
export class AnswerTooLargeError extends Error {
  override readonly name = 'AnswerTooLargeError';
}

const USER_AGENT = 'kube-egress';
/** Milliseconds. A dead peer is detected after this and ten more probes, one per second (libuv's defaults). */
const KEEP_ALIVE_PROBE_AFTER = 15_000;
/** Milliseconds until an idle connection is closed: less than the API server's own limit. */
const KEEP_CONNECTION = 60_000;

/** HTTP to one API server. Connections are reused and TLS is verified; every failure is one of two error types. */
export class Transport {
  readonly #cluster: Cluster;
  #dispatcher: Dispatcher | undefined;
  #trust = '';

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  /** Returns the whole answer as text. Throws ApiError, UnreachableError, AnswerTooLargeError or the signal's reason. */
  async send(req: TransportRequest): Promise<string> {
    using timeout = timeoutSignal(systemClock, req.timeoutMs, req.signal);
    // Awaited here: the timeout is disposed at the end of this block.
    return await this.#attempt(req, async () => {
      const response = await this.#request(req, { signal: timeout.signal });
      const text = await textOf(response.body, req);
      if (response.statusCode >= 400) throw new ApiError(nameOf(req), response.statusCode, text);
      return text;
    });
  }

  /**
   * Yields the answer as text chunks until the server ends it. A silence of `idleTimeoutMs` ends it too, since the
   * connection may be half-open. `onOpen` is called after the head of the answer has arrived.
   */
  async *open(
    req: TransportRequest & { idleTimeoutMs: number; onOpen?: () => void },
  ): AsyncGenerator<string> {
    const response = await this.#attempt(req, async () => {
      const timeouts = { headersTimeout: req.timeoutMs, bodyTimeout: req.idleTimeoutMs };
      const opened = await this.#request(req, { ...timeouts, ...(req.signal && { signal: req.signal }) });
      if (opened.statusCode >= 400)
        throw new ApiError(nameOf(req), opened.statusCode, await opened.body.text());
      return opened;
    });
    req.onOpen?.();
    const chunks = response.body.setEncoding('utf8')[Symbol.asyncIterator]();
    try {
      for (;;) {
        const next = await this.#attempt(req, () => untilSilent(chunks.next()));
        if (next.done) return;
        yield next.value as string;
      }
    } finally {
      response.body.destroy();
    }
  }

  /** Ends idle and busy connections. */
  async close(): Promise<void> {
    await this.#dispatcher?.destroy();
    this.#dispatcher = undefined;
    this.#trust = '';
  }

  async #request(req: TransportRequest, options: Partial<Dispatcher.RequestOptions>) {
    const credentials = await this.#cluster.credentials();
    const body = req.body === undefined ? {} : { body: req.body };
    return request(urlOf(this.#cluster.server, req), {
      method: req.method,
      ...body,
      ...options,
      headers: {
        ...credentials.headers,
        accept: 'application/json',
        'user-agent': USER_AGENT,
        ...(req.contentType && { 'content-type': req.contentType }),
      },
      dispatcher: this.#dispatcherFor(credentials),
    });
  }

  /** Returns the connection pool. A changed CA or client certificate replaces it. */
  #dispatcherFor({ headers: _, ...tls }: Credentials): Dispatcher {
    const trust = JSON.stringify(tls);
    if (this.#dispatcher !== undefined && trust === this.#trust) return this.#dispatcher;
    // The old pool closes after its last request.
    void this.#dispatcher?.close();
    const connect = { ...tls, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_PROBE_AFTER };
    const options = { allowH2: false, keepAliveTimeout: KEEP_CONNECTION };
    const { proxyUrl } = this.#cluster;
    this.#dispatcher = proxyUrl
      ? new ProxyAgent({ ...options, uri: proxyUrl, requestTls: connect })
      : new Agent({ ...options, connect });
    this.#trust = trust;
    return this.#dispatcher;
  }

  async #attempt<T>(req: TransportRequest, action: () => Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (error) {
      req.signal?.throwIfAborted();
      if (error instanceof ApiError || error instanceof AnswerTooLargeError) throw error;
      throw new UnreachableError(nameOf(req), error);
    }
  }
}

async function textOf(body: Dispatcher.ResponseData['body'], req: TransportRequest): Promise<string> {
  const { mostBytes = Number.POSITIVE_INFINITY } = req;
  if (mostBytes === Number.POSITIVE_INFINITY) return body.text();
  const chunks: Buffer[] = [];
  let bytes = 0;
  // Leaving the loop destroys the body, and with it the connection.
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > mostBytes) throw new AnswerTooLargeError(`${nameOf(req)}: more than ${mostBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

async function untilSilent<T>(next: Promise<IteratorResult<T>>): Promise<IteratorResult<T>> {
  try {
    return await next;
  } catch (error) {
    if (error instanceof errors.BodyTimeoutError) return { done: true, value: undefined };
    throw error;
  }
}

const nameOf = ({ method, path }: TransportRequest) => `${method} ${path}`;

function urlOf(server: string, { path, query = {} }: TransportRequest): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  const search = new URLSearchParams(
    given.map(([key, value]): [string, string] => [key, String(value)]),
  ).toString();
  return `${server}${path}${search && `?${search}`}`;
}
