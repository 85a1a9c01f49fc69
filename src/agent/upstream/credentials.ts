import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CREDENTIALS_MS } from '../../proxy/index.ts';
import type { Clock } from '../../time/index.ts';

export interface Credentials {
  user: string;
  password: string;
}

/** User name and password of each parent, from the mounted Secret `<folder>/<upstream>/{username,password}`. */
export class UpstreamCredentials {
  readonly #folder: string;
  readonly #clock: Clock;
  readonly #cache = new Map<string, { credentials: Credentials | undefined; until: number }>();

  constructor(folder: string, clock: Clock) {
    this.#folder = folder;
    this.#clock = clock;
  }

  /** Undefined if the Secret is missing or incomplete. Reads the files at most every CREDENTIALS_MS. */
  of(upstream: string): Credentials | undefined {
    const now = this.#clock.monotonic();
    const cached = this.#cache.get(upstream);
    if (cached !== undefined && cached.until > now) return cached.credentials;
    const credentials = this.#read(upstream);
    this.#cache.set(upstream, { credentials, until: now + CREDENTIALS_MS });
    return credentials;
  }

  #read(upstream: string): Credentials | undefined {
    const file = (name: string) =>
      readFileSync(join(this.#folder, upstream, name), 'utf8').replace(/\r?\n$/, '');
    try {
      return { user: file('username'), password: file('password') };
    } catch {
      return undefined;
    }
  }
}
