import { type AgentPod, parseFlowPage, trimAgentPod } from '../../agent-client/index.ts';
import type { Flow } from '../../api/index.ts';
import { ApiError, type Pod } from '../../kube/index.ts';
import { explainError } from '../explain-error.ts';
import type { Io } from '../io.ts';

/** The agents' own limit of one answer. */
export const MOST_FLOWS = 1_000;

type Get = (agent: AgentPod, path: string) => Promise<unknown>;

/**
 * What each agent of these pods remembers of a namespace, or of all: undefined, and an error on stderr, for one that does not
 * answer. Throws ApiError if the user may not ask.
 */
export function readFlows(
  io: Pick<Io, 'note'>,
  get: Get,
  pods: readonly Pod[],
  namespace: string | undefined,
): Promise<(Flow[] | undefined)[]> {
  const agents = pods.map(trimAgentPod).filter(({ usable }) => usable);
  return Promise.all(agents.map((agent) => askAgent(io, (path) => get(agent, path), agent, namespace)));
}

async function askAgent(
  { note }: Pick<Io, 'note'>,
  get: (path: string) => Promise<unknown>,
  { name }: AgentPod,
  namespace: string | undefined,
): Promise<Flow[] | undefined> {
  const query = new URLSearchParams({
    limit: `${MOST_FLOWS}`,
    ...(namespace !== undefined && { namespace }),
  });
  try {
    return parseFlowPage(await get(`/v1/flows?${query}`)).flows;
  } catch (error) {
    if (error instanceof ApiError && error.status === 403) throw error;
    note(`error: ${name}: ${explainError(error)}; its requests are missing\n`);
    return undefined;
  }
}
