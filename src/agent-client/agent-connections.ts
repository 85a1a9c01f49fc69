import type { Duplex } from 'node:stream';
import { connect as tlsConnect } from 'node:tls';
import { Agent, type buildConnector, request } from 'undici';

/** One agent of a proxy. */
export interface AgentAddress {
  /** The pod's IP. */
  address: string;
  /** `namespace/name` of the pod. */
  name: string;
  /** DNS name of the proxy's Service; the agent's certificate is issued for it. */
  serverName: string;
}

export interface AgentConnectionsOptions {
  port: number;
  /** CA certificates that sign the agents' certificates, PEM; undefined before the first is created. */
  bundle: () => string | undefined;
  /** Request headers that authenticate us to the agent: a bearer token. */
  headers: () => Promise<Record<string, string | string[]>>;
  /** Opens the connection that TLS runs over, for a caller outside the pod network. Default: the agent's address. */
  dial?: (agent: AgentAddress) => Promise<Duplex>;
}

/** Milliseconds to connect, and between two chunks of a body. */
const TIMEOUT = 3_000;
/** Milliseconds until the head of an answer: longer than an agent's probe of our own port (`isClosed`). */
const ANSWER_TIMEOUT = 8_000;
/** Bytes. */
const LARGEST_ANSWER = 64 * 1024 * 1024;

/** Sends requests to agents over TLS and verifies their certificates. Connections are reused. */
export class AgentConnections {
  readonly #options: AgentConnectionsOptions;
  readonly #agents = new Map<string, Agent>();
  #trusted: string | undefined;

  constructor(options: AgentConnectionsOptions) {
    this.#options = options;
  }

  /** Returns the JSON of one path. Throws if the agent is unreachable, is not trusted, or answers with an error. */
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
    if (ca === undefined) throw new Error('the CA certificate that verifies agents does not exist yet');
    if (ca !== this.#trusted) {
      for (const agent of this.#agents.values()) void agent.close();
      this.#agents.clear();
      this.#trusted = ca;
    }
    const { dial } = this.#options;
    const key = dial === undefined ? to.serverName : to.name;
    const known = this.#agents.get(key);
    // The CA may be one that another has signed.
    const tls = { ca, servername: to.serverName, timeout: TIMEOUT, allowPartialTrustChain: true };
    const connect = dial === undefined ? tls : connectorOver(() => dial(to), tls);
    const agent = known ?? new Agent({ connect, maxResponseSize: LARGEST_ANSWER });
    this.#agents.set(key, agent);
    return agent;
  }
}

/** Connects TLS over a stream that `open` returns. */
function connectorOver(
  open: () => Promise<Duplex>,
  { ca, servername }: { ca: string; servername: string },
): buildConnector.connector {
  return (_options, callback) => {
    open().then(
      (stream) => {
        const socket = tlsConnect({
          socket: stream,
          ca,
          servername,
          minVersion: 'TLSv1.2',
          allowPartialTrustChain: true,
        });
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
