import { join } from 'node:path';
import type { AuditRecord, Upstream, UpstreamReport } from '../../api/index.ts';
import type { UpstreamEndpoint } from '../../config/index.ts';
import type { Log } from '../../telemetry/index.ts';
import type { Clock } from '../../time/index.ts';
import type { UpstreamCredentials } from './credentials.ts';
import type { ProbeOutcome } from './judge-health.ts';
import { planRoute, type Route, type Shown } from './plan-route.ts';
import { probeParent } from './probe-parent.ts';
import { UpstreamWatch } from './upstream-watch.ts';

export interface UpstreamsOptions {
  /** The parents that Squid knows. */
  endpoints: readonly UpstreamEndpoint[];
  /** As the EgressProxy has them now. */
  spec: () => readonly Upstream[];
  credentials: Pick<UpstreamCredentials, 'of'>;
  addresses: (host: string) => Promise<readonly string[]>;
  /** Holds `<upstream>/ca.crt` for each upstream with an authority of its own. */
  authoritiesFolder: string;
  /** Requests can take another way than before. */
  onTurn: () => void;
  clock: Clock;
  log: Log;
}

/** The authorities of the image, which Squid trusts too. */
const SYSTEM_AUTHORITIES = '/etc/ssl/certs/ca-certificates.crt';
/** Seconds; as squid.conf has it. */
const CONNECT_TIMEOUT = 3;

/** The parents: which of them a request takes, what it shows them, and how they stand. */
export class Upstreams {
  readonly #options: UpstreamsOptions;
  readonly #watch: UpstreamWatch;

  constructor(options: UpstreamsOptions) {
    this.#options = options;
    const { endpoints, onTurn, clock, log } = options;
    this.#watch = new UpstreamWatch({
      names: endpoints.map(({ name }) => name),
      probe: (name) => this.#probe(name),
      onTurn,
      clock,
      log,
    });
  }

  run(signal: AbortSignal): Promise<void> {
    return this.#watch.run(signal);
  }

  /** `owners`: the upstreams that own a target, in order. */
  route(owners: readonly string[]): Route {
    const route = planRoute(owners, {
      downBecause: (name) => this.#watch.downBecause(name),
      shownTo: (name) => this.#shownTo(name),
    });
    if (route.kind === 'parents') for (const name of route.names) this.#watch.used(name);
    return route;
  }

  /** Learns from what is in the audit log. */
  observe(records: readonly AuditRecord[]): void {
    for (const { upstream, upstreamStatus } of records) {
      if (upstream !== undefined && upstreamStatus !== undefined)
        this.#watch.answered(upstream, upstreamStatus);
    }
  }

  /** Whether a parent, reached under this name, does not answer at an address. */
  isDead(host: string, address: string): boolean {
    const known = this.#options.endpoints.filter((endpoint) => endpoint.host.toLowerCase() === host);
    return known.length > 0 && known.every(({ name }) => this.#watch.isDead(name, address));
  }

  report(): UpstreamReport {
    return { upstreams: this.#watch.report() };
  }

  #shownTo(name: string): Shown {
    const upstream = this.#specOf(name);
    const credentials = upstream?.credentialsSecretRef && this.#options.credentials.of(name);
    const login =
      credentials && Buffer.from(`${credentials.user}:${credentials.password}`).toString('base64');
    return { login, header: upstream?.header };
  }

  async #probe(name: string): Promise<ProbeOutcome> {
    const { endpoints, addresses, credentials } = this.#options;
    const endpoint = endpoints.find((each) => each.name === name);
    const upstream = this.#specOf(name);
    if (endpoint === undefined) return { addresses: [], error: 'this proxy does not know it' };
    const found = await addresses(endpoint.host);
    const outcome = await probeParent({
      addresses: found,
      port: endpoint.port,
      timeoutMs: (upstream?.connectTimeoutSeconds ?? CONNECT_TIMEOUT) * 1000,
      tls: upstream?.tls && {
        serverName: upstream.tls.serverName ?? endpoint.host,
        authorityFile: this.#authorityOf(upstream),
      },
    });
    const anonymous = upstream?.credentialsSecretRef !== undefined && credentials.of(name) === undefined;
    if (!anonymous || outcome.error !== undefined) return outcome;
    return { ...outcome, error: 'its Secret has no username and password' };
  }

  #authorityOf({ name, tls }: Upstream): string {
    const own = tls?.caSecretRef !== undefined || tls?.caConfigMapRef !== undefined;
    return own ? join(this.#options.authoritiesFolder, name, 'ca.crt') : SYSTEM_AUTHORITIES;
  }

  #specOf(name: string): Upstream | undefined {
    return this.#options.spec().find((upstream) => upstream.name === name);
  }
}
