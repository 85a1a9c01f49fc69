import { createHash } from 'node:crypto';

/** Changes when, and only when, what Squid reads at its start changes; it rolls the Deployment. */
export function configHash(squidConf: string): string {
  return createHash('sha256').update(squidConf).digest('hex').slice(0, 16);
}
