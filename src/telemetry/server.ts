import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';
import type { Log } from './log.ts';

export interface Readiness {
  ready: boolean;
  /** What is missing, one line per reason. */
  reasons: readonly string[];
}

export interface TelemetryServerOptions {
  /** 0: any free port. */
  port: number;
  /** Default: every address of the pod. */
  host?: string;
  readiness: () => Readiness;
  /** Further checks, each served as /readyz/NAME; they do not count for /readyz. */
  checks?: Readonly<Record<string, () => Promise<Readiness>>>;
  registry: Registry;
  log: Log;
}

export interface TelemetryServer {
  readonly port: number;
  close(): Promise<void>;
}

/** Serves /livez, /readyz and /metrics. Rejects if the port is taken. */
export async function startTelemetryServer(options: TelemetryServerOptions): Promise<TelemetryServer> {
  const { port, host, log } = options;
  const server = createServer((request, response) => {
    answer(options, request, response).catch((err) => {
      log.error({ err, url: request.url }, 'a telemetry request failed');
      reply(response, 500, 'internal error');
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, ...(host !== undefined && { host }) }, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(
  { readiness, checks = {}, registry }: TelemetryServerOptions,
  { url = '' }: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const [path = ''] = url.split('?');
  const check = Object.entries(checks).find(([name]) => path === `/readyz/${name}`)?.[1];
  if (check !== undefined) return replyReadiness(response, await check());
  switch (path) {
    case '/livez':
      return reply(response, 200, 'ok');
    case '/readyz':
      return replyReadiness(response, readiness());
    case '/metrics':
      return reply(response, 200, await registry.metrics(), registry.contentType);
    default:
      return reply(response, 404, 'not found; this port serves /livez, /readyz and /metrics');
  }
}

function replyReadiness(response: ServerResponse, { ready, reasons }: Readiness): void {
  if (ready) reply(response, 200, 'ok');
  else reply(response, 503, reasons.join('\n'));
}

function reply(
  response: ServerResponse,
  status: number,
  text: string,
  type = 'text/plain; charset=utf-8',
): void {
  response.writeHead(status, { 'content-type': type });
  response.end(text.endsWith('\n') ? text : `${text}\n`);
}
