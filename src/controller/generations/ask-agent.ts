import { AgentConnections, type AgentConnectionsOptions, tryConnect } from '../../agent-client/index.ts';
import type { ActivityReport, UpstreamHealth } from '../../api/index.ts';
import { parseReport } from '../activity/parse-report.ts';
import type { Replica } from './agent-board.ts';
import { parseGenerations } from './answer.ts';
import { parseUpstreams } from './parse-upstreams.ts';

export type AskAgentOptions = AgentConnectionsOptions;

/** Milliseconds. */
const CONNECT_TIMEOUT = 3_000;

/** What the controller asks of agents. */
export class AgentClient {
  readonly #port: number;
  readonly #connections: AgentConnections;

  constructor(options: AskAgentOptions) {
    this.#port = options.port;
    this.#connections = new AgentConnections(options);
  }

  /** Throws where the agent cannot be reached, is not trusted, refuses, or answers something else. */
  async generations(replica: Replica): Promise<ReadonlyMap<string, number>> {
    return parseGenerations(await this.#connections.get(replica, '/v1/generations'));
  }

  /** What the agent has counted; throws as `generations` does. */
  async activity(replica: Replica): Promise<ActivityReport> {
    return parseReport(await this.#connections.get(replica, '/v1/activity'));
  }

  /** How the agent finds its parents; throws as `generations` does. */
  async upstreams(replica: Replica): Promise<UpstreamHealth[]> {
    return parseUpstreams(await this.#connections.get(replica, '/v1/upstreams'));
  }

  /** Has the agent try to connect to us on a port; throws as `generations` does. */
  async probeWayBack(replica: Replica, port: number): Promise<{ address: string; closed: boolean }> {
    const answer = await this.#connections.get(replica, `/v1/way-back?port=${port}`);
    const { address, closed } = answer as { address?: unknown; closed?: unknown };
    if (typeof address === 'string' && typeof closed === 'boolean') return { address, closed };
    throw new Error(`${replica.name} answered something else`);
  }

  /** Whether a TCP connection to the agent comes through. */
  async reaches({ address }: Replica): Promise<boolean> {
    return (await tryConnect(address, this.#port, CONNECT_TIMEOUT)) === 'connected';
  }

  close(): Promise<void> {
    return this.#connections.close();
  }
}
