import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import type { AskedName } from '../../api/index.ts';
import { listenOnSocket } from '../../component/index.ts';
import type { Log } from '../../telemetry/index.ts';
import type { ClientNames } from './client-names.ts';

export interface ClientDnsServerOptions {
  /** Path of the Unix socket. */
  path: string;
  names: Pick<ClientNames, 'of' | 'asked'>;
  log: Log;
}

/** The Unix socket for the container client-dns; src/api/client-dns.ts describes what is said. */
export class ClientDnsServer {
  readonly #options: ClientDnsServerOptions;
  readonly #server = createServer((request, response) => {
    this.#answer(request, response).catch((err) => {
      this.#options.log.warn({ err }, 'a request of client-dns failed');
      reply(response, 500);
    });
  });

  constructor(options: ClientDnsServerOptions) {
    this.#options = options;
  }

  async listen(): Promise<void> {
    await listenOnSocket(this.#server, this.#options.path);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://agent');
    switch (`${request.method} ${pathname}`) {
      case 'GET /v1/outside-names':
        return reply(response, 200, await this.#options.names.of(searchParams.get('client') ?? ''));
      case 'POST /v1/asked-names':
        this.#options.names.asked((await json(request)) as AskedName[]);
        return reply(response, 204);
      default:
        return reply(response, 404);
    }
  }
}

function reply(response: ServerResponse, status: number, body?: object): void {
  if (response.headersSent) return;
  if (body === undefined) response.writeHead(status).end();
  else response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
