import { Agent, type buildConnector, request } from 'undici';

/** One agent of a proxy. */
export interface AgentAddress {
  /** The pod's IP. */
  address: string;
  /** `namespace/name` of the pod. */
  name: string;
  /** The proxy's Service, as it stands in the agent's certificate. */
  serverName: string;
}

export interface AgentConnectionsOptions {
  port: number;
  /** The authorities that may have signed an agent's certificate, PEM; undefined as long as there is none. */
  bundle: () => string | undefined;
  /** The headers that show the agent who asks: a bearer token. */
  headers: () => Promise<Record<string, string | string[]>>;
}

/** Milliseconds. */
const TIMEOUT = 3_000;
/** Longer than an agent takes to find its way back to us closed. */
const ANSWER_TIMEOUT = 8_000;
const LARGEST_ANSWER = 64 * 1024 * 1024;

/** Asks agents over TLS that our authority vouches for. One connection a proxy's name, kept while it is used. */
export class AgentConnections {
  readonly #options: AgentConnectionsOptions;
  readonly #agents = new Map<string, Agent>();
  #trusted: string | undefined;

  constructor(options: AgentConnectionsOptions) {
    this.#options = options;
  }

  /** The JSON of one path. Throws where the agent cannot be reached, is not trusted, or refuses. */
  async get(agent: AgentAddress, path: string): Promise<unknown> {
    const host = agent.address.includes(':') ? `[${agent.address}]` : agent.address;
    const { statusCode, body } = await request(`https://${host}:${this.#options.port}${path}`, {
      headers: { ...(await this.#options.headers()), accept: 'application/json' },
      dispatcher: this.#dispatcher(agent.serverName),
      headersTimeout: ANSWER_TIMEOUT,
      bodyTimeout: TIMEOUT,
    });
    const text = await body.text();
    if (statusCode !== 200) throw new Error(`${agent.name} answered ${statusCode}: ${text.trim()}`);
    return JSON.parse(text);
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
    const connect: buildConnector.BuildOptions = { ca, servername, timeout: TIMEOUT };
    const agent = known ?? new Agent({ connect, maxResponseSize: LARGEST_ANSWER });
    this.#agents.set(servername, agent);
    return agent;
  }
}
