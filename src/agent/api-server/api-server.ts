import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { ActivityReport, FlowPage, Generations, UpstreamReport } from '../../api/index.ts';
import type { Log } from '../../telemetry/index.ts';
import type { FlowQuery } from '../activity/flow-store.ts';
import type { AccessReview } from './access-review.ts';
import { parseRoute, type Route } from './parse-route.ts';
import { probeWayBack } from './way-back.ts';

type Review = Pick<AccessReview, 'review'>;

export interface ApiServerOptions {
  /** 0 takes a free one. */
  port: number;
  /** Who may have the agent's generations and probes, and who may see what clients did. */
  access: { generations: Review; flows: Review };
  generations: () => Generations;
  upstreams: () => UpstreamReport;
  flows: (query: FlowQuery) => FlowPage;
  activity: (namespaces: readonly string[] | undefined) => ActivityReport;
  log: Log;
}

export interface ServingPair {
  cert: string;
  key: string;
}

const refusals = { unauthenticated: [401, 'who are you?'], forbidden: [403, 'you may not'] } as const;
const HERE =
  'not found: GET /v1/generations, /v1/upstreams, /v1/flows, /v1/activity and /v1/way-back?port= are here';

/**
 * `GET /v1/generations`, `/v1/upstreams`, `/v1/way-back?port=`, `/v1/flows` and `/v1/activity` over TLS, for
 * controller and dashboard. Until it has a certificate every handshake fails.
 */
export class ApiServer {
  readonly #options: ApiServerOptions;
  readonly #server: Server;

  constructor(options: ApiServerOptions) {
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
    const route = parseRoute(request.url ?? '');
    if (request.method !== 'GET' || route.kind === 'unknown') return reply(response, 404, { error: HERE });
    if (route.kind === 'invalid') return reply(response, 400, { error: route.message });
    const token = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
    const access = token === undefined ? 'unauthenticated' : await this.#reviewer(route).review(token);
    if (access === 'granted') return reply(response, 200, await this.#serveRoute(route, request));
    const [status, error] = refusals[access];
    reply(response, status, { error });
  }

  #reviewer({ kind }: Route): Review {
    const { access } = this.#options;
    return kind === 'flows' || kind === 'activity' ? access.flows : access.generations;
  }

  #serveRoute(route: Route, { socket }: IncomingMessage): object | Promise<object> {
    const { generations, upstreams, flows, activity } = this.#options;
    switch (route.kind) {
      case 'generations':
        return generations();
      case 'upstreams':
        return upstreams();
      case 'wayBack':
        return probeWayBack(socket.remoteAddress ?? '', route.port);
      case 'flows':
        return flows(route.query);
      case 'activity':
        return activity(route.namespaces);
    }
  }
}

function reply(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(`${JSON.stringify(body)}\n`);
}
