import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Cluster } from './cluster.ts';

export interface Exchange {
  method: string;
  /** Path without the query. */
  path: string;
  query: URLSearchParams;
  body: string;
  headers: IncomingMessage['headers'];
  response: ServerResponse;
}

export type RequestHandler = (exchange: Exchange) => void;

/** Replaces the API server in tests that force a fault. `answer` handles each request. */
export interface FaultServer extends AsyncDisposable {
  readonly cluster: Cluster;
  readonly requests: Exchange[];
  /** Number of accepted connections. */
  readonly connections: number;
  answer: RequestHandler;
}

export async function startFaultServer(answer: RequestHandler): Promise<FaultServer> {
  const requests: Exchange[] = [];
  let connections = 0;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const url = new URL(request.url ?? '/', 'http://server');
    const { method = '', headers } = request;
    const body = Buffer.concat(chunks).toString();
    const exchange = { method, path: url.pathname, query: url.searchParams, body, headers, response };
    requests.push(exchange);
    faults.answer(exchange);
  });
  server.on('connection', () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const faults: FaultServer = {
    cluster: {
      server: `http://127.0.0.1:${port}`,
      credentials: async () => ({ headers: { Authorization: 'Bearer t' } }),
    },
    requests,
    get connections() {
      return connections;
    },
    answer,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return faults;
}

export function sendJson(response: ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

/** Sends a Kubernetes Status. */
export function sendStatus(response: ServerResponse, code: number, reason: string, message: string): void {
  sendJson(response, { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message }, code);
}

/** Refuses a watch that is to begin with what exists, as kube-apiserver without the feature gate WatchList does. */
export function refuseStream({ response }: Exchange): void {
  sendStatus(response, 422, 'Invalid', 'sendInitialEvents is forbidden for watch');
}

/** Sends watch events and keeps the watch open. */
export function sendEvents(response: ServerResponse, ...events: object[]): void {
  if (!response.headersSent) response.writeHead(200, { 'content-type': 'application/json' });
  response.flushHeaders();
  for (const event of events) response.write(`${JSON.stringify(event)}\n`);
}
