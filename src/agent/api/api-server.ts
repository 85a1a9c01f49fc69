import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { isClosed } from '../../agent-client/index.ts';
import type { ActivityReport, FlowPage, Generations, UpstreamReport } from '../../api/index.ts';
import type { Log } from '../../telemetry/index.ts';
import type { FlowQuery } from '../flows/index.ts';
import type { CallerReview } from './caller-review.ts';
import { parseRoute, type Route } from './parse-route.ts';

type Review = Pick<CallerReview, 'review'>;

export interface ApiServerOptions {
  /** 0 for any free port. */
  port: number;
  /** The permission for generations, upstreams and probes, and the one for what clients did. */
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

const refusals = {
  unauthenticated: [401, 'send a valid bearer token of a Kubernetes service account or user'],
  forbidden: [403, 'the token lacks the permission to "get" this subresource of the EgressProxy'],
} as const;
const NOT_FOUND =
  'not found: use GET on /v1/generations, /v1/upstreams, /v1/flows, /v1/activity or /v1/probe-caller?port=';

/**
 * Serves `GET /v1/generations`, `/v1/upstreams`, `/v1/probe-caller?port=`, `/v1/flows` and `/v1/activity` over TLS to
 * controller and dashboard. Without a certificate every handshake fails.
 */
export class ApiServer {
  readonly #options: ApiServerOptions;
  readonly #server: Server;

  constructor(options: ApiServerOptions) {
    this.#options = options;
    this.#server = createServer({ minVersion: 'TLSv1.2' }, (request, response) => {
      this.#answer(request, response).catch((err) => {
        options.log.warn({ err }, 'a caller could not be reviewed by the API server');
        reply(response, 503, { error: 'the token cannot be reviewed: the API server does not answer' });
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

  /** Uses the pair from the next handshake on. Throws if key and certificate do not match. */
  serve(pair: ServingPair): void {
    this.#server.setSecureContext({ ...pair, minVersion: 'TLSv1.2' });
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const route = parseRoute(request.url ?? '');
    if (request.method !== 'GET' || route.kind === 'unknown')
      return reply(response, 404, { error: NOT_FOUND });
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
      case 'probeCaller':
        return probeCaller(socket.remoteAddress ?? '', route.port);
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

/**
 * Tries to connect to the caller, whom the proxy's egress NetworkPolicy puts out of reach. The address is the one of the
 * connection, so that a caller cannot make the agent connect to another host.
 */
async function probeCaller(
  remoteAddress: string,
  port: number,
): Promise<{ address: string; closed: boolean }> {
  const address = remoteAddress.replace(/^::ffff:(?=\d+\.)/, '');
  return { address, closed: await isClosed(address, port) };
}
