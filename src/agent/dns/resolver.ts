import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AgentSettings } from '../../config/index.ts';
import type { Log } from '../../telemetry/index.ts';
import type { Clock } from '../../time/index.ts';
import type { Knowledge } from '../knowledge/knowledge.ts';
import type { AgentMetrics } from '../metrics.ts';
import { answerQuery } from './answer-query.ts';
import { isDialable } from './dialable.ts';
import { DnsServer } from './dns-server.ts';
import { KnownNames } from './known-names.ts';
import { type CachedLookup, NameCache } from './name-cache.ts';
import { NamesFile } from './names-file.ts';
import { type Nameserver, NameserverClient } from './nameserver-client.ts';
import { ParentAddresses } from './parent-addresses.ts';
import { readNameservers } from './resolv-conf.ts';

export interface ResolverOptions {
  settings: Pick<AgentSettings, 'dnsListen' | 'dnsUpstream' | 'stateDir' | 'upstreams'>;
  knowledge: Pick<Knowledge, 'settings' | 'parentsMoved' | 'outdate'>;
  isDead: (parent: string, address: string) => boolean;
  isStarting: () => boolean;
  metrics: Pick<AgentMetrics, 'filtered' | 'refusedName'>;
  clock: Clock;
  log: Log;
}

const RESOLV_CONF = '/etc/resolv.conf';
/** Milliseconds: how long what was judged has to hold, so that Squid, which asks at once, learns the same. */
const HOLDS_FOR = 3000;
const FAMILIES = ['A', 'AAAA'] as const;

/** The names of requests and Squid's only nameserver, out of one cache. */
export class Resolver {
  readonly #options: ResolverOptions;
  readonly #names: KnownNames;
  readonly #cache: NameCache;
  /** By the A entry: all addresses of a name in one list. */
  readonly #lists = new WeakMap<CachedLookup, { aaaa: CachedLookup; addresses: readonly string[] }>();
  readonly #server: DnsServer;
  readonly parents: ParentAddresses;

  constructor(options: ResolverOptions) {
    const { settings, clock } = options;
    this.#options = options;
    const journal = new NamesFile(join(settings.stateDir, 'known-names'), () => clock.now(), options.log);
    this.#names = new KnownNames(clock, journal);
    const nameservers =
      settings.dnsUpstream?.map(parseEndpoint) ?? readNameservers(readFileSync(RESOLV_CONF, 'utf8'));
    const client = new NameserverClient({ nameservers });
    this.#cache = new NameCache({
      lookup: (name, family) => client.lookup(name, family),
      onForgotten: () => options.knowledge.outdate(),
      clock,
    });
    this.parents = new ParentAddresses({
      hosts: (settings.upstreams ?? []).map(({ host }) => host),
      lookup: (name, family) => this.#cache.get(name, family),
      path: join(settings.stateDir, 'parent-addresses.json'),
      isDead: options.isDead,
      isStarting: options.isStarting,
      clock,
      onChange: () => options.knowledge.parentsMoved(this.parents.known()),
      log: options.log,
    });
    options.knowledge.parentsMoved(this.parents.known());
    this.#server = new DnsServer({
      ...parseEndpoint(settings.dnsListen),
      answer: (query) =>
        answerQuery(query, {
          access: (name) => this.#access(name),
          lookup: (name, family) =>
            this.parents.isParent(name) ? this.parents.lookup(name, family) : this.#cache.get(name, family),
          isForbidden: (address) => !isDialable(address, this.#options.knowledge.settings),
          now: () => clock.monotonic(),
          onFiltered: (name, addresses) => this.#filtered(name, addresses),
        }),
    });
  }

  /** Every address of a name, forbidden ones too: whether they may be dialled is for the caller to judge. */
  async addresses(name: string): Promise<readonly string[]> {
    const [a, aaaa] = await Promise.all([
      this.#cache.get(name, 'A', HOLDS_FOR),
      this.#cache.get(name, 'AAAA', HOLDS_FOR),
    ]);
    return this.#joined(a, aaaa);
  }

  /** The same without a look-up: undefined where one is needed, the same list until something new is learnt. */
  known(name: string): readonly string[] | undefined {
    const held = this.#held(name);
    return held && this.#joined(...held);
  }

  /** Milliseconds in which `known` is going to say the same unless the agent's version changes; 0 where it is unknown. */
  holdsFor(name: string): number {
    const held = this.#held(name);
    if (held === undefined) return 0;
    const expiresAt = Math.min(...held.map((entry) => entry.expiresAt));
    return expiresAt - this.#options.clock.monotonic() - HOLDS_FOR;
  }

  /** What is known of A and AAAA, where both hold for long enough. */
  #held(name: string): [CachedLookup, CachedLookup] | undefined {
    const a = this.#cache.known(name, 'A', HOLDS_FOR);
    const aaaa = this.#cache.known(name, 'AAAA', HOLDS_FOR);
    return a && aaaa && [a, aaaa];
  }

  /** Whether that a name has no address is what DNS has just failed to say, not what it said. */
  isUnanswered(name: string): boolean {
    return FAMILIES.some((family) => this.#cache.known(name, family, 0)?.lookup.rcode === 'SERVFAIL');
  }

  #joined(a: CachedLookup, aaaa: CachedLookup): readonly string[] {
    const before = this.#lists.get(a);
    if (before?.aaaa === aaaa) return before.addresses;
    const addresses = [...a.lookup.addresses, ...aaaa.lookup.addresses];
    this.#lists.set(a, { aaaa, addresses });
    return addresses;
  }

  /** Resolves when a request may be sent to a parent. */
  parentsSettled(): Promise<void> {
    return this.parents.settled();
  }

  /** Whether Squid is told every address of the name, since a parent is reached under it. */
  isParent(name: string): boolean {
    return this.parents.isParent(name);
  }

  /** From now on Squid may ask about the name. */
  open(name: string): void {
    this.#names.allow(name);
  }

  listen(): Promise<void> {
    return this.#server.listen();
  }

  close(): Promise<void> {
    return this.#server.close();
  }

  #access(name: string): 'refused' | 'filtered' | 'whole' {
    if (this.parents.isParent(name)) return 'whole';
    if (this.#names.has(name)) return 'filtered';
    this.#options.metrics.refusedName();
    return 'refused';
  }

  #filtered(name: string, addresses: readonly string[]): void {
    this.#options.metrics.filtered(addresses.length);
    this.#options.log.warn({ name, addresses }, 'forbidden addresses were taken out of an answer');
  }
}

/** `127.0.0.1:53` or `[::1]:53`, as the settings have checked it. */
function parseEndpoint(endpoint: string): Nameserver {
  const colon = endpoint.lastIndexOf(':');
  return {
    address: endpoint.slice(0, colon).replace(/^\[|\]$/g, ''),
    port: Number(endpoint.slice(colon + 1)),
  };
}
