import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { Log } from '../telemetry/index.ts';

export type Resolve = (host: string) => Promise<string[]>;

/**
 * The addresses of a name, as this pod resolves it. When a name does not resolve, its last known addresses stay: a
 * resolver that is away for a moment must not cut a proxy off from its parent.
 */
export function rememberingResolver(log: Log): Resolve {
  const known = new Map<string, string[]>();
  return async (host) => {
    if (isIP(host) !== 0) return [host];
    try {
      const found = await lookup(host, { all: true });
      known.set(host, found.map(({ address }) => address).sort());
    } catch (err) {
      log.warn({ err, host }, 'an upstream does not resolve; its last known addresses stay open');
    }
    return known.get(host) ?? [];
  };
}
