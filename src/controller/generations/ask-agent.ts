import { Agent, request } from 'undici';
import { tryConnect } from '../../net/index.ts';
import type { Replica } from './agent-board.ts';
import { parseGenerations } from './answer.ts';

export interface AskAgentOptions {
  port: number;
  /** The authorities that may have signed an agent's certificate, PEM; undefined as long as there is none. */
  bundle: () => string | undefined;
  /** The headers that show the agent who asks: our ServiceAccount's bearer token. */
  headers: () => Promise<Record<string, string | string[]>>;
}

/** Milliseconds. */
const TIMEOUT = 3_000;
/** Longer than an agent takes to find its way back to us closed. */
const ANSWER_TIMEOUT = 8_000;
const LARGEST_ANSWER = 16 * 1024 * 1024;

/** Asks agents over TLS that our authority vouches for. One connection a replica, kept while it is used. */
export class AgentClient {
  readonly #options: AskAgentOptions;
  readonly #agents = new Map<string, Agent>();
  #trusted: string | undefined;

  constructor(options: AskAgentOptions) {
    this.#options = options;
  }

  /** Throws where the agent cannot be reached, is not trusted, refuses, or answers something else. */
  async generations(replica: Replica): Promise<ReadonlyMap<string, number>> {
    return parseGenerations(await this.#get(replica, '/v1/generations'));
  }

  /** Has the agent try to connect to us on a port; throws as `generations` does. */
  async probeWayBack(replica: Replica, port: number): Promise<{ address: string; closed: boolean }> {
    const answer = await this.#get(replica, `/v1/way-back?port=${port}`);
    const { address, closed } = answer as { address?: unknown; closed?: unknown };
    if (typeof address === 'string' && typeof closed === 'boolean') return { address, closed };
    throw new Error(`${replica.name} answered something else`);
  }

  /** Whether a TCP connection to the agent comes through. */
  async reaches({ address }: Replica): Promise<boolean> {
    return (await tryConnect(address, this.#options.port, TIMEOUT)) === 'connected';
  }

  async close(): Promise<void> {
    await Promise.all([...this.#agents.values()].map((agent) => agent.destroy()));
    this.#agents.clear();
  }

  async #get(replica: Replica, path: string): Promise<unknown> {
    const host = replica.address.includes(':') ? `[${replica.address}]` : replica.address;
    const { statusCode, body } = await request(`https://${host}:${this.#options.port}${path}`, {
      headers: { ...(await this.#options.headers()), accept: 'application/json' },
      dispatcher: this.#dispatcher(replica.serverName),
      headersTimeout: ANSWER_TIMEOUT,
      bodyTimeout: TIMEOUT,
    });
    const text = await body.text();
    if (statusCode !== 200) throw new Error(`${replica.name} answered ${statusCode}: ${text.trim()}`);
    return JSON.parse(text);
  }

  #dispatcher(servername: string): Agent {
    const ca = this.#options.bundle();
    if (ca === undefined) throw new Error('there is no authority yet to verify agents by');
    if (ca !== this.#trusted) {
      for (const agent of this.#agents.values()) void agent.close();
      this.#agents.clear();
      this.#trusted = ca;
    }
    const known = this.#agents.get(servername);
    const agent =
      known ?? new Agent({ connect: { ca, servername, timeout: TIMEOUT }, maxResponseSize: LARGEST_ANSWER });
    this.#agents.set(servername, agent);
    return agent;
  }
}
