import { Agent, request } from 'undici';
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
    const host = replica.address.includes(':') ? `[${replica.address}]` : replica.address;
    const { statusCode, body } = await request(`https://${host}:${this.#options.port}/v1/generations`, {
      headers: { ...(await this.#options.headers()), accept: 'application/json' },
      dispatcher: this.#dispatcher(replica.serverName),
      headersTimeout: TIMEOUT,
      bodyTimeout: TIMEOUT,
    });
    const text = await body.text();
    if (statusCode !== 200) throw new Error(`${replica.name} answered ${statusCode}: ${text.trim()}`);
    return parseGenerations(JSON.parse(text));
  }

  async close(): Promise<void> {
    await Promise.all([...this.#agents.values()].map((agent) => agent.destroy()));
    this.#agents.clear();
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
