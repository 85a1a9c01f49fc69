import type { AskedName } from '../api/index.ts';
import { registrableDomain } from '../dns/index.ts';

/** Names of one client that are listed until the next report; the others are counted by their domains. */
const NAMES_OF_CLIENT = 50;
const DOMAINS_OF_CLIENT = 20;
/** Entries of a report, of all clients together. */
const ENTRIES = 5000;
/** Represents names that are listed neither by themselves nor by their domain. */
export const OTHER_NAMES = '*';

/** Outside names that clients asked for since the last report. Its size is limited whatever clients ask. */
export class AskedNames {
  #byClient = new Map<string, Map<string, number>>();
  #entries = 0;

  add(client: string, name: string, queries = 1): void {
    const names = this.#byClient.get(client) ?? new Map<string, number>();
    this.#byClient.set(client, names);
    const listed = this.#listed(names, name);
    if (!names.has(listed)) this.#entries += 1;
    names.set(listed, (names.get(listed) ?? 0) + queries);
  }

  /** What was added since the last call. */
  take(): AskedName[] {
    const asked = [...this.#byClient].flatMap(([client, names]) =>
      [...names].map(([name, queries]) => ({ client, name, queries })),
    );
    this.#byClient = new Map();
    this.#entries = 0;
    return asked;
  }

  #listed(names: ReadonlyMap<string, number>, name: string): string {
    if (names.has(name) || (names.size < NAMES_OF_CLIENT && this.#entries < ENTRIES)) return name;
    const domain = `*.${registrableDomain(name)}`;
    const hasRoom = names.size < NAMES_OF_CLIENT + DOMAINS_OF_CLIENT && this.#entries < ENTRIES;
    return names.has(domain) || hasRoom ? domain : OTHER_NAMES;
  }
}
