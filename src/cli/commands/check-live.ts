import type { Flow } from '../../api/index.ts';
import { ApiError, type KubeClient, type Pod } from '../../kube/index.ts';
import { sleep, systemClock } from '../../time/index.ts';
import { type Connection, withAgents } from '../cluster/index.ts';
import { type Invocation, UsageError } from '../command-line/index.ts';
import { explainError } from '../explain-error.ts';
import { assessLive, type LiveTarget, liveUrl } from '../probe/index.ts';
import { type ProbeOutcome, readProbeFlags, runProbe } from './probe.ts';
import { readFlows } from './read-flows.ts';
import { proxyPods } from './select-requests.ts';

const CREATES_A_POD =
  'note: --live creates a pod in the namespace, and needs to create, get and delete pods and to get pods/log there (the role edit has these rights); without --live the role view is enough\n';
const OF_OPERATORS =
  'what they decided takes the rights to list egressproxies and, in the namespace of the proxy, to list pods, create pods/portforward and get egressproxies/flows';
const USER_AGENT = 'kubectl-egress';
/** Milliseconds. An agent knows a request that has ended when Squid has logged it. */
const POLL = 300;
const POLLS = 10;

export interface LiveInput {
  namespace: string;
  /** The pod whose rules apply. */
  asPod: Pod | undefined;
  targets: readonly { host: string; port: number }[];
}

/** What a pod saw of a target. */
export interface LiveAnswer {
  live: LiveTarget;
  /** What the agent that decided knows of it; undefined if the agents could not be asked, or none knows the request. */
  agent?: Flow;
}

/**
 * Requests targets through the proxy from a pod that is deleted afterwards, and asks the agents what they decided. Undefined if
 * the command was interrupted. Throws UsageError and ApiError.
 */
export async function checkLive(
  invocation: Invocation,
  connection: Connection,
  input: LiveInput,
): Promise<LiveAnswer[] | undefined> {
  const urls = input.targets.map(readUrl);
  const outcome = await dial(invocation, connection.client, input, urls);
  if (outcome.code === undefined) return undefined;
  const { probe, pod } = outcome;
  const answers = urls.map((url, index) => ({
    target: targetOf(url),
    live: assessLive(probe.attempts[index], probe),
  }));
  const reached = answers.filter(({ live }) => live.outcome !== 'failed').map(({ target }) => target);
  const { namespace } = input;
  const known = await askAgents(invocation, connection, { namespace, pod, reached });
  return answers.map(({ target, live }) => {
    const agent = known.get(target);
    return { live, ...(agent && { agent }) };
  });
}

function readUrl(target: { host: string; port: number }): string {
  const url = liveUrl(target);
  if (url === undefined) throw new UsageError(`"${target.host}" is no host of a URL, as --live requests it`);
  return url;
}

/** The target as the proxy's log has it. */
function targetOf(url: string): string {
  const { protocol, hostname, port } = new URL(url.replace(/^connect:/, ''));
  return `${hostname}:${port || (protocol === 'https:' ? 443 : 80)}`;
}

async function dial(
  invocation: Invocation,
  client: KubeClient,
  { namespace, asPod }: LiveInput,
  urls: readonly string[],
): Promise<ProbeOutcome> {
  const request = { namespace, asPod, urls, proxy: undefined, userAgent: USER_AGENT, tryDirectly: false };
  try {
    return await runProbe(invocation, client, { ...request, ...readProbeFlags(invocation) });
  } catch (error) {
    if (error instanceof ApiError && error.status === 403) invocation.io.note(CREATES_A_POD);
    throw error;
  }
}

interface Asked {
  namespace: string;
  /** Whose requests. */
  pod: string;
  /** Targets of requests that the proxy has answered. */
  reached: readonly string[];
}

/** The requests of a pod as the agents know them, by target. A user without the rights gets none, and a note. */
async function askAgents(
  invocation: Invocation,
  connection: Connection,
  asked: Asked,
): Promise<Map<string, Flow>> {
  if (asked.reached.length === 0) return new Map();
  try {
    return await findRequests(invocation, connection, asked);
  } catch (error) {
    invocation.io.note(`note: the agents could not be asked (${explainError(error)}); ${OF_OPERATORS}\n`);
    return new Map();
  }
}

async function findRequests(
  { io }: Pick<Invocation, 'io'>,
  connection: Connection,
  { namespace, pod, reached }: Asked,
): Promise<Map<string, Flow>> {
  const filter = { namespace, client: pod, refused: false };
  const pods = await (await proxyPods({ io }, connection.client, filter))();
  return withAgents(connection, async (get) => {
    for (let polls = POLLS; ; polls -= 1) {
      const flows = (await readFlows(io, get, pods, namespace)).flatMap((known) => known ?? []);
      const own = new Map(flows.filter((flow) => flow.pod === pod).map((flow) => [flow.target, flow]));
      if (polls === 1 || reached.every((target) => own.has(target))) return own;
      await sleep(systemClock, POLL, io.interrupted());
    }
  });
}
