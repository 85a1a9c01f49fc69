import type { FastifyPluginAsync } from 'fastify';
import type { Viewer } from '../access/index.ts';
import type { SimulationInput, SimulationView } from '../wire.ts';
import { sendError } from './send-error.ts';

/** Bytes: several rule sets with all the targets that one may have. */
const BODY_LIMIT = 256 * 1024;

const schema = {
  body: {
    type: 'object',
    required: ['objects'],
    additionalProperties: false,
    properties: { objects: { type: 'array', maxItems: 100 } },
  },
} as const;

/** Undefined: there is no such namespace, or the viewer may not see it. */
export type Simulate = (
  viewer: Viewer,
  namespace: string,
  input: SimulationInput,
) => Promise<SimulationView | undefined>;

/** `POST /namespaces/<name>/simulation`: a question with a long text. It writes nothing anywhere. */
export const simulation: FastifyPluginAsync<{ simulate: Simulate }> = async (api, { simulate }) => {
  api.post<{ Params: { name: string }; Body: SimulationInput }>(
    '/namespaces/:name/simulation',
    { bodyLimit: BODY_LIMIT, schema },
    async ({ viewer, params, body }, reply) => {
      const found = await simulate(viewer, params.name, body);
      if (found === undefined) return sendError(reply, 404, 'not found, or you have no permission to see it');
      return reply.header('cache-control', 'no-store').send(found);
    },
  );
};
