import type { Duplex } from 'node:stream';
import { connect as tlsConnect } from 'node:tls';
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
  /** The way to an agent where its address cannot be dialled; TLS goes through it. */
  dial?: (agent: AgentAddress) => Promise<Duplex>;
}

/** Milliseconds. */
const TIMEOUT = 3_000;
/** Longer than an agent takes to find its way back to us closed. */
const ANSWER_TIMEOUT = 8_000;
const LARGEST_ANSWER = 64 * 1024 * 1024;

/** Asks agents over TLS that our authority vouches for. Connections are kept while they are used. */
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
      dispatcher: this.#dispatcher(agent),
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

  #dispatcher(to: AgentAddress): Agent {
    const ca = this.#options.bundle();
    if (ca === undefined) throw new Error('there is no authority yet to verify agents by');
    if (ca !== this.#trusted) {
      for (const agent of this.#agents.values()) void agent.close();
      this.#agents.clear();
      this.#trusted = ca;
    }
    const { dial } = this.#options;
    const key = dial === undefined ? to.serverName : to.name;
    const known = this.#agents.get(key);
    const tls = { ca, servername: to.serverName, timeout: TIMEOUT };
    const connect = dial === undefined ? tls : connectorOver(() => dial(to), tls);
    const agent = known ?? new Agent({ connect, maxResponseSize: LARGEST_ANSWER });
    this.#agents.set(key, agent);
    return agent;
  }
}

/** TLS over a stream that something else has opened. */
function connectorOver(
  open: () => Promise<Duplex>,
  { ca, servername }: { ca: string; servername: string },
): buildConnector.connector {
  return (_options, callback) => {
    open().then(
      (stream) => {
        const socket = tlsConnect({ socket: stream, ca, servername, minVersion: 'TLSv1.2' });
        const fail = (error: Error) => callback(error, null);
        socket.once('error', fail);
        socket.once('secureConnect', () => {
          socket.off('error', fail);
          callback(null, socket);
        });
      },
      (error) => callback(error as Error, null),
    );
  };
}
