import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../../time/index.ts';

export interface Credentials {
  user: string;
  password: string;
}

/** Milliseconds that a reading counts. */
const REMEMBERED = 5000;

/** User name and password of each parent, out of `<folder>/<upstream>/{username,password}`, a mounted Secret. */
export class UpstreamCredentials {
  readonly #folder: string;
  readonly #clock: Clock;
  readonly #known = new Map<string, { credentials: Credentials | undefined; until: number }>();

  constructor(folder: string, clock: Clock) {
    this.#folder = folder;
    this.#clock = clock;
  }

  /** Undefined for a parent that asks for none. */
  of(upstream: string): Credentials | undefined {
    const now = this.#clock.monotonic();
    const known = this.#known.get(upstream);
    if (known !== undefined && known.until > now) return known.credentials;
    const credentials = this.#read(upstream);
    this.#known.set(upstream, { credentials, until: now + REMEMBERED });
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
