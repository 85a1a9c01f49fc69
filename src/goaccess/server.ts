import { readFile } from 'node:fs/promises';
import httpProxy from '@fastify/http-proxy';
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import { isCrossOrigin, isValidHost, setWebSocketHost } from './page.ts';

export interface PageServerOptions {
  port: number;
  /** Default: every address of the pod. */
  host?: string;
  /** Path of the HTML that GoAccess writes. */
  page: string;
  /** Port of GoAccess's WebSocket, on 127.0.0.1. */
  socketPort: number;
}

/** Content security policy: everything in the page is inline, and it connects only to its own host. */
const POLICY = [
  "default-src 'none'",
  "script-src 'unsafe-inline' 'unsafe-eval'",
  "style-src 'unsafe-inline'",
  'font-src data:',
  'img-src data:',
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Serves GoAccess's page and its WebSocket on one port. Rejects if the port is in use. */
export async function startPageServer({
  port,
  host = '::',
  page,
  socketPort,
}: PageServerOptions): Promise<FastifyInstance> {
  const server = fastify({ forceCloseConnections: true });
  server.addHook('onRequest', async (request, reply) => {
    if (!isValidHost(hostOf(request))) await reply.code(400).send('The Host header is malformed.\n');
  });
  server.get('/', (request, reply) => servePage(page, request, reply));
  server.get('/livez', async () => 'ok\n');
  await server.register(httpProxy, {
    upstream: `http://127.0.0.1:${socketPort}`,
    prefix: '/ws',
    websocket: true,
    preValidation: async (request, reply) => {
      if (isCrossOrigin(request.headers.origin, hostOf(request)))
        await reply.code(403).send('The page of another site must not open this WebSocket.\n');
    },
  });
  await server.listen({ port, host });
  return server;
}

async function servePage(page: string, request: FastifyRequest, reply: FastifyReply) {
  const html = await readFile(page, 'utf8').catch(() => undefined);
  if (html === undefined)
    return reply
      .code(503)
      .header('retry-after', '2')
      .send('GoAccess is starting; reload in a few seconds.\n');
  return reply
    .headers({
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': POLICY,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    })
    .send(setWebSocketHost(html, hostOf(request)));
}

function hostOf({ headers }: FastifyRequest): string {
  return headers.host ?? '';
}
