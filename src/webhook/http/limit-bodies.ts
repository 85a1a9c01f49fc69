import type { Server } from 'node:https';
import type { FastifyInstance } from 'fastify';
import { BodyBudget } from './body-budget.ts';
import { httpErrors } from './errors.ts';

const RETRY_AFTER_SECONDS = 1;

/**
 * Refuses a request before its body is read if its source already sends more than its share (BodyBudget). Any pod can
 * reach the webhook, and needs no credentials.
 */
export function limitBodies(app: FastifyInstance<Server>): void {
  const budget = new BodyBudget();
  app.addHook('onRequest', ({ headers, ip, raw }, reply, done) => {
    if (headers['transfer-encoding'] !== undefined) return done(new httpErrors.LENGTH_MISSING());
    const bytes = Number(headers['content-length'] ?? 0);
    if (!budget.reserve(ip, bytes)) {
      reply.header('retry-after', RETRY_AFTER_SECONDS);
      return done(new httpErrors.BODIES_TOO_MANY(ip));
    }
    // Emitted when the body has been read, and when its connection ends before.
    raw.once('close', () => budget.release(ip, bytes));
    done();
  });
}
