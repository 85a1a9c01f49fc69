import { join } from 'node:path';
import type { Upstream } from '../../api/index.ts';
import type { UpstreamEndpoint } from '../../config/index.ts';
import { PARENT_ANSWER_FACTOR, PARENT_CONNECT_SECONDS } from '../../proxy/index.ts';
import type { Log } from '../../telemetry/index.ts';
import type { Clock } from '../../time/index.ts';
import type { UpstreamCredentials } from './credentials.ts';
import type { ProbeOutcome } from './evaluate-health.ts';
import type { ParentHealth } from './parent-health.ts';
import { ParentProber } from './parent-prober.ts';
import { planRoute, type Route, type Shown } from './plan-route.ts';
import { probeParent } from './probe-parent.ts';

export interface UpstreamsOptions {
  /** The parents in squid.conf. */
  endpoints: readonly UpstreamEndpoint[];
  /** The upstreams of the EgressProxy as it is now. */
  spec: () => readonly Upstream[];
  health: ParentHealth;
  credentials: Pick<UpstreamCredentials, 'of'>;
  addresses: (host: string) => Promise<readonly string[]>;
  /** Contains `<upstream>/ca.crt` for each upstream with its own authority. */
  authoritiesFolder: string;
  /** AnswerCache.invalidate: a parent has become usable or unusable, so routes change. */
  invalidate: () => void;
  clock: Clock;
  log: Log;
}

/** The authorities of the image, which Squid trusts too. */
const SYSTEM_AUTHORITIES = '/etc/ssl/certs/ca-certificates.crt';

/** The parents: which of them a request may use, what it shows to them, and their probes. */
export class Upstreams {
  readonly #options: UpstreamsOptions;
  readonly #prober: ParentProber;

  constructor(options: UpstreamsOptions) {
    this.#options = options;
    const { endpoints, health, invalidate, clock, log } = options;
    this.#prober = new ParentProber({
      names: endpoints.map(({ name }) => name),
      health,
      probe: (name) => this.#probe(name),
      onTurn: invalidate,
      clock,
      log,
    });
  }

  /** Probes the parents until the signal is aborted. */
  run(signal: AbortSignal): Promise<void> {
    return this.#prober.run(signal);
  }

  /** `owners`: the upstreams that own a target, in order. */
  route(owners: readonly string[]): Route {
    return planRoute(owners, {
      downBecause: (name) => this.#options.health.downBecause(name),
      shownTo: (name) => this.#shownTo(name),
    });
  }

  /** A request is sent to one of these parents. */
  used(names: readonly string[]): void {
    for (const name of names) this.#prober.used(name);
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
    if (endpoint === undefined)
      return { addresses: [], error: 'it is not in the squid.conf of this proxy pod' };
    const connectTimeoutMs = (upstream?.connectTimeoutSeconds ?? PARENT_CONNECT_SECONDS) * 1000;
    const outcome = await probeParent({
      addresses: await addresses(endpoint.host),
      port: endpoint.port,
      connectTimeoutMs,
      answerTimeoutMs: upstream?.probe === 'Connect' ? undefined : PARENT_ANSWER_FACTOR * connectTimeoutMs,
      tls: upstream?.tls && {
        serverName: upstream.tls.serverName ?? endpoint.host,
        authorityFile: this.#authorityOf(upstream),
      },
    });
    const lacksLogin = upstream?.credentialsSecretRef !== undefined && credentials.of(name) === undefined;
    if (!lacksLogin || outcome.error !== undefined) return outcome;
    return { ...outcome, error: 'its Secret has no username and password' };
  }

  #authorityOf({ name, tls }: Upstream): string {
    const hasOwn = tls?.caSecretRef !== undefined || tls?.caConfigMapRef !== undefined;
    return hasOwn ? join(this.#options.authoritiesFolder, name, 'ca.crt') : SYSTEM_AUTHORITIES;
  }

  #specOf(name: string): Upstream | undefined {
    return this.#options.spec().find((upstream) => upstream.name === name);
  }
}
