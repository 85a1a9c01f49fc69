import { type DnsClient, DnsServer, type Nameserver } from '../dns/index.ts';
import { canonicalAddress } from '../rules/index.ts';
import type { Log, Metrics } from '../telemetry/index.ts';
import { type Clock, sleep } from '../time/index.ts';
import { AgentLink } from './agent-link.ts';
import { answerQuery, type Outcome } from './answer-query.ts';
import { AskedNames } from './asked-names.ts';
import { Forwarder } from './forwarder.ts';
import { OutsideNamesCache } from './outside-names-cache.ts';
import { QueryRate } from './query-rate.ts';

export interface ClientDnsOptions {
  /** 0 for any free port. */
  port: number;
  clusterDomain: string;
  /** The cluster's DNS. */
  nameservers: readonly Nameserver[];
  /** Unix socket of the agent. */
  agentSocket: string;
  metrics: Pick<Metrics, 'counter' | 'latency'>;
  clock: Clock;
  log: Log;
}

/** Milliseconds between two reports to the agent. */
const REPORT = 1000;
/** Milliseconds: more than an agent holds the question about a pod that the API does not show yet. */
const AGENT_TIMEOUT = 16_000;
/** TCP connections, of all clients and of one. */
const CONNECTIONS = { all: 2000, client: 32 } as const;

/** The nameserver of the pods whose namespace resolves only the cluster's names. */
export class ClientDns {
  readonly #options: ClientDnsOptions;
  readonly #agent: AgentLink;
  readonly #cache: OutsideNamesCache;
  readonly #asked = new AskedNames();
  readonly #rate: QueryRate;
  readonly #forwarder: Forwarder;
  #server: DnsServer | undefined;

  constructor(options: ClientDnsOptions) {
    const { agentSocket, nameservers, clock } = options;
    this.#options = options;
    this.#agent = new AgentLink({ socketPath: agentSocket, timeoutMs: AGENT_TIMEOUT });
    this.#cache = new OutsideNamesCache({ ask: (client) => this.#agent.outsideNames(client), clock });
    this.#rate = new QueryRate(clock);
    this.#forwarder = new Forwarder({ nameservers });
  }

  /** Resolves with the port. */
  async listen(): Promise<number> {
    const answer = this.#answerer();
    try {
      return await this.#listenOn('::', answer);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAFNOSUPPORT') throw error;
      return this.#listenOn('0.0.0.0', answer);
    }
  }

  /** Reports what was asked until the signal is aborted, and once more then. */
  async report(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await sleep(this.#options.clock, REPORT, signal);
      await this.#reportNow();
    }
  }

  async close(): Promise<void> {
    this.#forwarder.close();
    await Promise.all([this.#server?.close(), this.#agent.close()]);
  }

  async #listenOn(address: string, answer: Answer): Promise<number> {
    this.#server = new DnsServer({
      address,
      port: this.#options.port,
      answer,
      maxConnections: CONNECTIONS.all,
      maxConnectionsPerClient: CONNECTIONS.client,
    });
    return this.#server.listen();
  }

  #answerer(): Answer {
    const { metrics, clusterDomain, clock } = this.#options;
    const queries = metrics.counter('client_dns_queries_total', 'Queries of pods, by what became of them.', [
      'outcome',
    ]);
    const seconds = metrics.latency('client_dns_seconds', 'Seconds from the query of a pod to its answer.');
    const context = {
      clusterDomain,
      outsideNames: (client: string) => this.#cache.get(client),
      forward: (message: Buffer, protocol: DnsClient['protocol']) =>
        this.#forwarder.forward(message, protocol),
      asked: (client: string, name: string) => this.#asked.add(client, name),
      count: (outcome: Outcome) => queries.inc({ outcome }),
    };
    return async (message, { address, protocol }) => {
      const client = canonicalAddress(address);
      if (!this.#rate.take(client)) {
        queries.inc({ outcome: 'limited' });
        return undefined;
      }
      const since = clock.monotonic();
      const response = await answerQuery(message, { address: client, protocol }, context);
      seconds.observe((clock.monotonic() - since) / 1000);
      return response;
    };
  }

  /** What the agent does not take is reported the next time. */
  async #reportNow(): Promise<void> {
    const asked = this.#asked.take();
    if (asked.length === 0) return;
    try {
      await this.#agent.report(asked);
    } catch (err) {
      this.#options.log.warn(
        { err, names: asked.length },
        'the agent did not take the names that were asked',
      );
      for (const { client, name, queries } of asked) this.#asked.add(client, name, queries);
    }
  }
}

type Answer = (message: Buffer, client: DnsClient) => Promise<Buffer | undefined>;
