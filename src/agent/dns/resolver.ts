import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AgentSettings } from '../../config/index.ts';
import { DnsServer, parseNameserver, readNameservers } from '../../dns/index.ts';
import { CHECKED_NAME_MS } from '../../proxy/index.ts';
import { type DecisionSettings, guardAddress, parseAddress, RuleSetIndex } from '../../rules/index.ts';
import type { Log } from '../../telemetry/index.ts';
import type { Clock } from '../../time/index.ts';
import type { AgentMetrics } from '../metrics/index.ts';
import type { PolicyState } from '../state/index.ts';
import { answerMessage } from './answer-message.ts';
import { answerQuery } from './answer-query.ts';
import { type CachedLookup, NameCache } from './name-cache.ts';
import { NamesFile } from './names-file.ts';
import { NameserverClient } from './nameserver-client.ts';
import { ParentAddresses } from './parent-addresses.ts';
import { PendingLookups } from './pending-lookups.ts';
import { ResolvableNames } from './resolvable-names.ts';
import { SilentAddresses } from './silent-addresses.ts';
import { SilentZones } from './silent-zones.ts';

export interface ResolverOptions {
  settings: Pick<AgentSettings, 'dnsListen' | 'dnsUpstream' | 'stateDir' | 'upstreams'>;
  policy: Pick<PolicyState, 'settings' | 'setParentAddresses'>;
  /** AnswerCache.invalidate: a cached name has been dropped before it expired. */
  invalidate: () => void;
  /** Whether a parent, known by this host name, does not answer at the address. */
  isDead: (host: string, address: string) => boolean;
  /** Whether Squid is starting. */
  isStarting: () => boolean;
  metrics: Pick<AgentMetrics, 'filtered' | 'refusedName'>;
  clock: Clock;
  log: Log;
}

/**
 * Addresses of a name. `tooMany`: the owner, or all together, have too many look-ups under way. `silentZone`: DNS has not
 * answered the owner's last look-ups in this domain.
 */
type Resolution = readonly string[] | 'tooMany' | { silentZone: string };

const RESOLV_CONF = '/etc/resolv.conf';
const FAMILIES = ['A', 'AAAA'] as const;

/** Resolves names for decisions and is Squid's only nameserver; both use one cache (docs/answer-cache.md). */
export class Resolver {
  readonly #options: ResolverOptions;
  readonly #names: ResolvableNames;
  readonly #cache: NameCache;
  readonly #pending = new PendingLookups();
  readonly #silentZones: SilentZones;
  readonly #silentAddresses: SilentAddresses;
  /** All addresses of a name in one list, by its A entry. */
  readonly #lists = new WeakMap<CachedLookup, { aaaa: CachedLookup; addresses: readonly string[] }>();
  readonly #server: DnsServer;
  readonly parents: ParentAddresses;

  constructor(options: ResolverOptions) {
    const { settings, policy, clock, log } = options;
    this.#options = options;
    const journal = new NamesFile(join(settings.stateDir, 'known-names'), () => clock.now(), log);
    this.#names = new ResolvableNames(clock, journal);
    const nameservers =
      settings.dnsUpstream?.map(parseNameserver) ?? readNameservers(readFileSync(RESOLV_CONF, 'utf8'));
    const client = new NameserverClient({ nameservers, clock });
    this.#silentZones = new SilentZones(clock);
    this.#silentAddresses = new SilentAddresses({ clock });
    this.#cache = new NameCache({
      lookup: (name, family) => client.lookup(name, family),
      onEvicted: options.invalidate,
      clock,
    });
    this.parents = new ParentAddresses({
      hosts: (settings.upstreams ?? []).map(({ host }) => host),
      lookup: (name, family) => this.#cache.get(name, family),
      path: join(settings.stateDir, 'parent-addresses.json'),
      isDead: options.isDead,
      isStarting: options.isStarting,
      clock,
      onChange: (byHost) => policy.setParentAddresses(byHost),
      log,
    });
    policy.setParentAddresses(this.parents.byHost());
    this.#server = new DnsServer({
      ...parseNameserver(settings.dnsListen),
      answer: answerMessage((query) =>
        answerQuery(query, {
          access: (name) => this.#access(name),
          lookup: (name, family) =>
            this.parents.isParent(name) ? this.parents.lookup(name, family) : this.#cache.get(name, family),
          order: (addresses) => this.#silentAddresses.order(addresses),
          isForbidden: (address) => !isDialable(address, policy.settings),
          now: () => clock.monotonic(),
          onFiltered: (name, addresses) => this.#filtered(name, addresses),
        }),
      ),
    });
  }

  /** All addresses of a name, forbidden ones included: the caller checks them. `owner`: whom a look-up is counted for. */
  async resolve(name: string, owner: string): Promise<Resolution> {
    return this.cached(name) ?? (await this.#lookUpFor(owner, name));
  }

  #lookUpFor(owner: string, name: string): Promise<Resolution> {
    const hasFailed = (addresses: readonly string[]) => addresses.length === 0 && this.hasFailed(name);
    return this.#pending.run(owner, name, () =>
      this.#silentZones.run({ owner, name, hasFailed }, () => this.#lookUp(name, owner)),
    );
  }

  async #lookUp(name: string, owner: string): Promise<readonly string[]> {
    const options = { freshMs: CHECKED_NAME_MS, owner };
    const [a, aaaa] = await Promise.all([
      this.#cache.get(name, 'A', options),
      this.#cache.get(name, 'AAAA', options),
    ]);
    return this.#joined(a, aaaa);
  }

  /** As `resolve`, from the cache only: undefined if a look-up is needed. The same list until a look-up replaces it. */
  cached(name: string): readonly string[] | undefined {
    const entries = this.#entries(name);
    return entries && this.#joined(...entries);
  }

  /** Milliseconds for which `cached` returns the same list unless the revision changes; 0 if it is not cached. */
  cachedForMs(name: string): number {
    const entries = this.#entries(name);
    if (entries === undefined) return 0;
    const expiresAt = Math.min(...entries.map((entry) => entry.expiresAt));
    return expiresAt - this.#options.clock.monotonic() - CHECKED_NAME_MS;
  }

  /** The cached A and AAAA entries, if both are valid for CHECKED_NAME_MS more. */
  #entries(name: string): [CachedLookup, CachedLookup] | undefined {
    const a = this.#cache.cached(name, 'A', CHECKED_NAME_MS);
    const aaaa = this.#cache.cached(name, 'AAAA', CHECKED_NAME_MS);
    return a && aaaa && [a, aaaa];
  }

  /** Whether a look-up of the name has just failed, so that an empty list does not mean that it has no address. */
  hasFailed(name: string): boolean {
    return FAMILIES.some((family) => this.#cache.cached(name, family, 0)?.lookup.rcode === 'SERVFAIL');
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

  /** Addresses of a name that Squid's DNS returns: all of them for the host of a parent. */
  shownToSquid(
    name: string,
    addresses: readonly string[],
    settings: DecisionSettings | undefined,
  ): readonly string[] {
    return this.parents.isParent(name)
      ? addresses
      : addresses.filter((address) => isDialable(address, settings));
  }

  /** Lets Squid ask for the name. */
  allow(name: string): void {
    this.#names.allow(name);
  }

  async listen(): Promise<void> {
    await this.#server.listen();
  }

  close(): Promise<void> {
    return this.#server.close();
  }

  #access(name: string): 'refused' | 'filtered' | 'all' {
    if (this.parents.isParent(name)) return 'all';
    if (this.#names.has(name)) return 'filtered';
    this.#options.metrics.refusedName();
    return 'refused';
  }

  #filtered(name: string, addresses: readonly string[]): void {
    this.#options.metrics.filtered(addresses.length);
    this.#options.log.warn({ name, addresses }, 'forbidden addresses were removed from a DNS answer');
  }
}

/** The guard reads a client only for destinations that a rule must open; here no rule is needed. */
const anyone = {
  client: { kind: 'range', address: { family: 4, value: 0n, text: '0.0.0.0' } },
  port: 0,
} as const;
const noRules = new RuleSetIndex();

/**
 * Whether the operator's settings let any client dial the address. Squid's DNS answers are the same for all clients, so
 * they contain addresses that only some clients may dial; the decision denies the others.
 */
function isDialable(text: string, settings: DecisionSettings | undefined): boolean {
  const address = parseAddress(text);
  if (address === undefined || settings === undefined) return false;
  const snapshot = { ruleSets: noRules, settings: { ...settings, privateDestinations: 'Allow' as const } };
  return guardAddress(address, anyone, snapshot) === undefined;
}
