import type { AskedName, AuditRecord } from '../../api/index.ts';
import { registrableDomain } from '../../dns/index.ts';
import type { Clock } from '../../time/index.ts';

/** Who asked, as audit records name it, and whether the name was resolved: in observe mode it is. */
export interface Asker {
  identity: Pick<AuditRecord, 'namespace' | 'pod' | 'owner'>;
  isObserved: boolean;
}

export interface AskedRecordsOptions {
  asker: (client: string) => Asker;
  clock: Clock;
}

/** Milliseconds for which queries are collected before their records are printed. */
const WINDOW = 5000;
/**
 * Names below one registrable domain that have a record each; more of them in a window are counted in one record. A tunnel
 * that puts its data into names shows as one target with many queries.
 */
const NAMES_OF_DOMAIN = 5;
/** Records of one window, of all clients together; the queries beyond are counted for each client as `*`. */
const RECORDS = 1000;
const DNS_PORT = 53;

interface Domain {
  client: string;
  /** Milliseconds since the epoch of the first query. */
  since: number;
  names: Map<string, number>;
  /** Queries for names beyond NAMES_OF_DOMAIN. */
  others: number;
}

/** Collects the outside names that clients ask for, and makes audit records of them. */
export class AskedRecords {
  readonly #options: AskedRecordsOptions;
  #domains = new Map<string, Domain>();
  #openedAt = 0;

  constructor(options: AskedRecordsOptions) {
    this.#options = options;
  }

  add(asked: readonly AskedName[]): void {
    const { clock } = this.#options;
    if (this.#domains.size === 0) this.#openedAt = clock.monotonic();
    for (const { client, name, queries } of asked) {
      const domain = this.#domainOf(client, name);
      if (domain.names.has(name) || domain.names.size < NAMES_OF_DOMAIN) {
        domain.names.set(name, (domain.names.get(name) ?? 0) + queries);
      } else domain.others += queries;
    }
  }

  /** The records of a window that has ended; empty before. */
  due(): AuditRecord[] {
    if (this.#domains.size === 0 || this.#options.clock.monotonic() - this.#openedAt < WINDOW) return [];
    return this.take();
  }

  /** The records of what was collected by now. */
  take(): AuditRecord[] {
    const domains = this.#domains;
    this.#domains = new Map();
    return [...domains].flatMap(([key, domain]) => this.#records(key, domain));
  }

  #domainOf(client: string, name: string): Domain {
    const all = this.#domains;
    const registrable = all.size < RECORDS ? registrableDomain(name) : '*';
    const key = `${client} ${registrable}`;
    const domain = all.get(key) ?? { client, since: this.#options.clock.now(), names: new Map(), others: 0 };
    all.set(key, domain);
    return domain;
  }

  #records(key: string, { client, since, names, others }: Domain): AuditRecord[] {
    const registrable = key.slice(client.length + 1);
    if (others === 0) {
      return [...names].map(([name, queries]) => this.#record(client, { name, since, queries }));
    }
    const queries = [...names.values()].reduce((sum, each) => sum + each, others);
    return [this.#record(client, { name: registrable === '*' ? '*' : `*.${registrable}`, since, queries })];
  }

  #record(
    client: string,
    { name, since, queries }: { name: string; since: number; queries: number },
  ): AuditRecord {
    const { identity, isObserved } = this.#options.asker(client);
    return {
      time: new Date(since).toISOString(),
      ...identity,
      client,
      method: 'DNS',
      target: `${name}:${DNS_PORT}`,
      queries,
      verdict: isObserved ? 'allow' : 'deny',
      ...(isObserved && { wouldDeny: true as const }),
      reason: 'NameOutsideCluster',
      bytesReceived: 0,
      bytesSent: 0,
      durationMs: 0,
    };
  }
}
