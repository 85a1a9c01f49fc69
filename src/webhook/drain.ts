import type { Server } from 'node:https';
import type { FastifyInstance } from 'fastify';
import { type Clock, sleep } from '../time/index.ts';

/** Milliseconds that requests under way get at the very end; the API server gives up after 2 s. */
const LAST_REQUESTS = 3_000;

/**
 * Stops serving so that no request is refused: answers go on while the endpoint is taken out of the Service and
 * the API server's connections move, one by one, to another replica; then the idle ones are closed, and the end
 * comes with the last answer.
 */
export async function drainServer(
  app: FastifyInstance<Server>,
  drainMs: number,
  clock: Clock,
): Promise<void> {
  await sleep(clock, drainMs);
  const cancel = clock.after(LAST_REQUESTS, () => app.server.closeAllConnections());
  await app.close();
  cancel();
}
