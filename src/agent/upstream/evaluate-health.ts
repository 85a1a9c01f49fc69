import type { UpstreamHealth } from '../../api/index.ts';

/** The outcome of one probe: each address, with its error if it failed. */
export interface ProbeOutcome {
  addresses: readonly { address: string; error: string | undefined }[];
  /** Why no address could be probed, such as a name that does not resolve. */
  error: string | undefined;
}

export interface ParentState {
  healthy: boolean;
  /** Failed probes in a row. */
  failures: number;
  /** Milliseconds since the epoch at which `healthy` last changed. */
  since: number;
  /** Error of the last probe; a healthy parent has one if another of its addresses answers. */
  lastError: string | undefined;
  /** The addresses that did not answer the last probe. */
  dead: ReadonlySet<string>;
}

/** Failed probes in a row before a parent is down: one lost packet is no outage. */
const FAILURES = 2;

/** A parent is down after two probes in a row without an answer at any address; one answer makes it healthy. */
export function evaluateHealth(
  before: ParentState | undefined,
  outcome: ProbeOutcome,
  now: number,
): ParentState {
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

/** Health for status and metrics: a parent that answers but rejects our credentials (407) is not healthy. */
export function reportHealth(
  name: string,
  state: ParentState,
  loginRefusedAt: number | undefined,
): UpstreamHealth {
  if (state.healthy && loginRefusedAt !== undefined) {
    const lastError = 'the parent rejects our credentials (407)';
    return { name, healthy: false, lastError, since: new Date(loginRefusedAt).toISOString() };
  }
  return {
    name,
    healthy: state.healthy,
    ...(state.lastError !== undefined && { lastError: state.lastError }),
    since: new Date(state.since).toISOString(),
  };
}
