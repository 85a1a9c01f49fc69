import type { UpstreamHealth } from '../../api/index.ts';

/** What one try came to: each address with what went wrong there. */
export interface ProbeOutcome {
  addresses: readonly { address: string; error: string | undefined }[];
  /** Why nothing could be tried, such as a name that does not resolve. */
  error: string | undefined;
}

export interface Health {
  healthy: boolean;
  /** Failed tries in a row. */
  failures: number;
  /** Milliseconds since the epoch: since when it is healthy, or not. */
  since: number;
  /** Also of a parent that answers at another of its addresses. */
  lastError: string | undefined;
  /** The addresses that did not answer the last try. */
  dead: ReadonlySet<string>;
}

/** One lost packet is no outage. */
const FAILURES = 2;

/** A parent is down when it answered at none of its addresses, twice in a row; one answer brings it back. */
export function judgeHealth(before: Health | undefined, outcome: ProbeOutcome, now: number): Health {
  const failed = outcome.addresses.filter(({ error }) => error !== undefined);
  const answers = outcome.addresses.length > failed.length;
  const failures = answers ? 0 : (before?.failures ?? 0) + 1;
  const healthy = failures < FAILURES && (answers || (before?.healthy ?? true));
  return {
    healthy,
    failures,
    since: before !== undefined && before.healthy === healthy ? before.since : now,
    lastError: outcome.error ?? describe(failed),
    dead: new Set(failed.map(({ address }) => address)),
  };
}

function describe(failed: ProbeOutcome['addresses']): string | undefined {
  if (failed.length === 0) return undefined;
  return failed.map(({ address, error }) => `${address}: ${error}`).join('; ');
}

/** What status and metrics say; a parent that refuses our credentials serves nobody, although it answers. */
export function reportHealth(name: string, health: Health, refusedLogin: number | undefined): UpstreamHealth {
  if (health.healthy && refusedLogin !== undefined) {
    const lastError = 'the parent refuses our credentials (407)';
    return { name, healthy: false, lastError, since: new Date(refusedLogin).toISOString() };
  }
  return {
    name,
    healthy: health.healthy,
    ...(health.lastError !== undefined && { lastError: health.lastError }),
    since: new Date(health.since).toISOString(),
  };
}
