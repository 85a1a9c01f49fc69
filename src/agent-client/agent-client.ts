import type { ActivityReport, UpstreamHealth } from '../api/index.ts';
import { type AgentAddress, AgentConnections, type AgentConnectionsOptions } from './agent-connections.ts';
import {
  parseActivity,
  parseGenerations,
  parseReverseProbe,
  parseUpstreams,
  type ReverseProbe,
} from './parse-answers.ts';
import { tryConnect } from './reachability.ts';

/** Milliseconds. */
const CONNECT_TIMEOUT = 3_000;

/**
 * The API of the agents. Every method but `reaches` rejects if the agent cannot be reached, is not trusted, denies the
 * request, or answers with an unexpected body.
 */
export class AgentClient {
  readonly #port: number;
  readonly #connections: AgentConnections;

  constructor(options: AgentConnectionsOptions) {
    this.#port = options.port;
    this.#connections = new AgentConnections(options);
  }

  /** The generation of each object that the agent decides by, by the UID of the object. */
  async generations(agent: AgentAddress): Promise<ReadonlyMap<string, number>> {
    return parseGenerations(await this.#connections.get(agent, '/v1/generations'));
  }

  /** What the agent has counted since it started. */
  async activity(agent: AgentAddress): Promise<ActivityReport> {
    return parseActivity(await this.#connections.get(agent, '/v1/activity'));
  }

  /** Health of the upstreams as the agent sees it. */
  async upstreams(agent: AgentAddress): Promise<UpstreamHealth[]> {
    return parseUpstreams(await this.#connections.get(agent, '/v1/upstreams'));
  }

  /** Lets the agent try to connect to a port of ours. */
  async reverseProbe(agent: AgentAddress, port: number): Promise<ReverseProbe> {
    return parseReverseProbe(await this.#connections.get(agent, `/v1/probe-caller?port=${port}`));
  }

  /** Whether a TCP connection to the agent can be opened. Never rejects. */
  async reaches({ address }: AgentAddress): Promise<boolean> {
    return (await tryConnect(address, this.#port, CONNECT_TIMEOUT)) === 'connected';
  }

  close(): Promise<void> {
    return this.#connections.close();
  }
}
