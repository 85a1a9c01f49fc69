import { remember } from '../../bounded/index.ts';
import { SQUID_FORWARD_SECONDS } from '../../proxy/index.ts';
import type { Clock } from '../../time/index.ts';
import { parseTableAddress, readTcpTables } from '../tcp-tables.ts';

export interface SilentAddressesOptions {
  clock: Pick<Clock, 'monotonic' | 'after'>;
  /** The kernel's TCP tables. */
  tables?: () => Promise<readonly string[]>;
}

/** Milliseconds for which an address that has not answered is the last one that Squid tries. */
export const LAST_FOR_MS = 5 * 60_000;
/**
 * Milliseconds between two looks at the kernel's tables. Squid waits SQUID_CONNECT_SECONDS for an address, and the kernel
 * repeats a SYN after one second, so that no address is missed.
 */
export const LOOK_MS = 2000;
/** Addresses that are remembered. */
const CAPACITY = 10_000;

/**
 * Orders the addresses of a name for Squid, which dials them in this order: those that have just not answered come last, so
 * that of many requests only the first ones wait for them. The kernel shows which they are: Squid's connections to them are
 * still opening after a repeated SYN. An address that refuses connections costs no time and is not remembered.
 *
 * The order is by address, whatever the port and the client: it decides nothing, and a client can move an address that it may
 * dial behind others of the same name, and no further.
 */
export class SilentAddresses {
  readonly #clock: SilentAddressesOptions['clock'];
  readonly #tables: NonNullable<SilentAddressesOptions['tables']>;
  /** By address: until when it is last, monotonic milliseconds. In the order of the last look that found it. */
  readonly #until = new Map<string, number>();
  #lookUntil = Number.NEGATIVE_INFINITY;
  #looking = false;

  constructor({ clock, tables = readTcpTables }: SilentAddressesOptions) {
    this.#clock = clock;
    this.#tables = tables;
  }

  /** The addresses in the order in which Squid is to dial them, which it does now. */
  order(addresses: readonly string[]): string[] {
    if (addresses.length < 2) return [...addresses];
    this.#lookUntil = this.#clock.monotonic() + SQUID_FORWARD_SECONDS * 1000;
    this.#lookLater();
    const silent = (address: string) => this.#silentUntil(address);
    return addresses.toSorted((one, other) => silent(one) - silent(other));
  }

  /** 0 for an address that is not silent. */
  #silentUntil(address: string): number {
    const until = this.#until.get(address) ?? 0;
    return until > this.#clock.monotonic() ? until : 0;
  }

  #lookLater(): void {
    if (this.#looking) return;
    this.#looking = true;
    this.#clock.after(LOOK_MS, async () => {
      await this.#look();
      this.#looking = false;
      if (this.#clock.monotonic() < this.#lookUntil) this.#lookLater();
    });
  }

  async #look(): Promise<void> {
    // Without the tables the order is that of DNS.
    const tables = await this.#tables().catch(() => []);
    const until = this.#clock.monotonic() + LAST_FOR_MS;
    for (const address of tables.flatMap(parseUnanswered)) remember(this.#until, address, until, CAPACITY);
  }
}

/** The state SYN_SENT. A table has many lines of other states, so that these are searched for. */
const OPENING = ' 02 ';

/** The addresses in a table of proc(5) that have not answered a SYN until it was repeated. */
export function parseUnanswered(table: string): string[] {
  const addresses: string[] = [];
  for (let at = table.indexOf(OPENING); at >= 0; at = table.indexOf(OPENING, at + 1)) {
    const start = table.lastIndexOf('\n', at) + 1;
    const end = table.indexOf('\n', at);
    const line = table.slice(start, end < 0 ? undefined : end).trim();
    const [, , remote = '', state, , , repeats = '0'] = line.split(/\s+/);
    if (state === '02' && Number.parseInt(repeats, 16) > 0)
      addresses.push(parseTableAddress(remote.split(':')[0] ?? ''));
  }
  return addresses;
}
