import type { FastifyPluginAsync } from 'fastify';
import { ApiError, resources } from '../../kube/index.ts';
import type { Viewer } from '../access/index.ts';
import type { RequestAnswer } from '../wire.ts';

/** Bytes: a reason of 1,024 characters, escaped. */
const BODY_LIMIT = 16 * 1024;

const schema = {
  body: {
    type: 'object',
    required: ['uid', 'outcome'],
    additionalProperties: false,
    properties: {
      uid: { type: 'string', minLength: 1, maxLength: 64 },
      outcome: { enum: ['Approved', 'Refused'] },
      reason: { type: 'string', maxLength: 1024 },
    },
  },
} as const;

interface Address {
  name: string;
  request: string;
}

/**
 * `POST /namespaces/<name>/requests/<request>/answer`: the one write of the dashboard. The API server checks it as a write of
 * the viewer, whose token it gets; what it answers goes back to the viewer.
 */
export const answerRequest: FastifyPluginAsync = async (api) => {
  api.post<{ Params: Address; Body: RequestAnswer }>(
    '/namespaces/:name/requests/:request/answer',
    { bodyLimit: BODY_LIMIT, schema },
    async ({ viewer, params, body }, reply) => {
      try {
        await writeAnswer(viewer, params, body);
        return reply.header('cache-control', 'no-store').send({});
      } catch (error) {
        if (!(error instanceof ApiError) || error.status === 401 || error.status >= 500) throw error;
        return reply
          .code(error.status)
          .header('cache-control', 'no-store')
          .send({ error: `The API server does not take the answer: ${error.message}` });
      }
    },
  );
};

/** With the uid that the viewer has read: another request may have taken the name meanwhile. */
function writeAnswer(
  viewer: Viewer,
  { name, request }: Address,
  { uid, outcome, reason }: RequestAnswer,
): Promise<unknown> {
  const approval = { outcome, by: viewer.name, ...(reason !== undefined && { reason }) };
  return viewer.withOwnRights((client) =>
    client.patch(
      resources.egressRequests,
      { namespace: name, name: request },
      { metadata: { uid }, spec: { approval } },
    ),
  );
}
