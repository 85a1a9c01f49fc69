import type { OutsideNames } from '../api/index.ts';
import { remember } from '../bounded/index.ts';
import type { Clock } from '../time/index.ts';

export interface OutsideNamesCacheOptions {
  /** Asks the agent. */
  ask: (client: string) => Promise<OutsideNames>;
  clock: Pick<Clock, 'monotonic'>;
}

/** Milliseconds for which an answer is used: how long a change of a rule or a mode may take. */
const FRESH = 1000;
/** Milliseconds for which an answer is used while the agent does not answer, as during its restart. */
const USABLE = 60_000;
/** Clients that are remembered; each takes some 300 bytes. */
const CLIENTS = 20_000;

interface Known {
  names: OutsideNames;
  at: number;
}

/** What clients get for outside names. The agent is asked at most once a second for a client, however much it asks. */
export class OutsideNamesCache {
  readonly #options: OutsideNamesCacheOptions;
  /** Least recently asked first. */
  readonly #known = new Map<string, Known>();
  readonly #asking = new Map<string, Promise<OutsideNames | undefined>>();

  constructor(options: OutsideNamesCacheOptions) {
    this.#options = options;
  }

  /** Undefined if the agent does not answer and the client is not known. Never rejects. */
  get(client: string): Promise<OutsideNames | undefined> {
    const known = this.#known.get(client);
    if (known !== undefined && this.#age(known) < FRESH) return Promise.resolve(known.names);
    const asking = this.#asking.get(client) ?? this.#ask(client);
    this.#asking.set(client, asking);
    return asking;
  }

  async #ask(client: string): Promise<OutsideNames | undefined> {
    try {
      const names = await this.#options.ask(client);
      remember(this.#known, client, { names, at: this.#options.clock.monotonic() }, CLIENTS);
      return names;
    } catch {
      const known = this.#known.get(client);
      return known !== undefined && this.#age(known) < USABLE ? known.names : undefined;
    } finally {
      this.#asking.delete(client);
    }
  }

  #age({ at }: Known): number {
    return this.#options.clock.monotonic() - at;
  }
}
