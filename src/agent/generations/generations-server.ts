import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Generations, UpstreamReport } from '../../api/index.ts';
import type { Log } from '../../telemetry/log.ts';
import type { AccessReview } from './access-review.ts';
import { probeWayBack } from './way-back.ts';

export interface GenerationsServerOptions {
  /** 0 takes a free one. */
  port: number;
  access: Pick<AccessReview, 'review'>;
  generations: () => Generations;
  upstreams: () => UpstreamReport;
  log: Log;
}

export interface ServingPair {
  cert: string;
  key: string;
}

const refusals = { unauthenticated: [401, 'who are you?'], forbidden: [403, 'you may not'] } as const;

/**
 * `GET /v1/generations`, `/v1/upstreams` and `/v1/way-back?port=` over TLS, for controllers. Until it has a certificate every
 * handshake fails.
 */
export class GenerationsServer {
  readonly #options: GenerationsServerOptions;
  readonly #server: Server;

  constructor(options: GenerationsServerOptions) {
    this.#options = options;
    this.#server = createServer({ minVersion: 'TLSv1.2' }, (request, response) => {
      this.#answer(request, response).catch((err) => {
        options.log.warn({ err }, 'a caller could not be reviewed');
        reply(response, 503, { error: 'the API server cannot be asked who you are' });
      });
    });
    this.#server.on('tlsClientError', () => {});
  }

  async listen(): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(this.#options.port, resolve);
    });
    return (this.#server.address() as AddressInfo).port;
  }

  /** For the next handshakes. Throws where the two do not belong together. */
  serve(pair: ServingPair): void {
    this.#server.setSecureContext({ ...pair, minVersion: 'TLSv1.2' });
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const route = routeOf(request, this.#options);
    if (route === undefined) {
      return reply(response, 404, {
        error: 'not found: GET /v1/generations and /v1/way-back?port= are here',
      });
    }
    const token = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
    const access = token === undefined ? 'unauthenticated' : await this.#options.access.review(token);
    if (access === 'granted') return reply(response, 200, await route());
    const [status, error] = refusals[access];
    reply(response, status, { error });
  }
}

function routeOf(
  { method, url = '', socket }: IncomingMessage,
  { generations, upstreams }: GenerationsServerOptions,
): (() => object | Promise<object>) | undefined {
  if (method !== 'GET') return undefined;
  if (url === '/v1/generations') return generations;
  if (url === '/v1/upstreams') return upstreams;
  const port = Number(/^\/v1\/way-back\?port=(\d{1,5})$/.exec(url)?.[1]);
  if (!(port >= 1 && port <= 65_535)) return undefined;
  return () => probeWayBack(socket.remoteAddress ?? '', port);
}

function reply(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(`${JSON.stringify(body)}\n`);
}
