import { createHash } from 'node:crypto';

/** Changes when, and only when, what Squid reads at its start changes; it rolls the Deployment. */
export function configHash(squidConf: string, authorities: readonly string[]): string {
  const read = JSON.stringify([squidConf, ...authorities]);
  return createHash('sha256').update(read).digest('hex').slice(0, 16);
}
