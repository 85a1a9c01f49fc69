import type { AuditRecord, UpstreamHealth } from '../../api/index.ts';
import type { UpstreamEndpoint } from '../../config/index.ts';
import type { Clock } from '../../time/index.ts';
import { evaluateHealth, type ParentState, type ProbeOutcome, reportHealth } from './evaluate-health.ts';

interface ParentRecord {
  host: string;
  /** Undefined until the first probe ends. */
  state: ParentState | undefined;
  /** Milliseconds since the epoch of the first 407 since the last other status. */
  loginRefusedAt: number | undefined;
}

/** The health of the parents in squid.conf: probes and audit records write it; routes, DNS and status read it. */
export class ParentHealth {
  readonly #clock: Clock;
  readonly #records: ReadonlyMap<string, ParentRecord>;

  constructor(endpoints: readonly UpstreamEndpoint[], clock: Clock) {
    this.#clock = clock;
    this.#records = new Map(
      endpoints.map(({ name, host }) => [
        name,
        { host: host.toLowerCase(), state: undefined, loginRefusedAt: undefined },
      ]),
    );
  }

  /** Takes over the outcome of a probe; returns the states before and after it. */
  probed(name: string, outcome: ProbeOutcome): { before: ParentState | undefined; after: ParentState } {
    const record = this.#records.get(name);
    const before = record?.state;
    const after = evaluateHealth(before, outcome, this.#clock.now());
    if (record !== undefined) record.state = after;
    return { before, after };
  }

  /** Takes over what the parents answered to the requests in the audit log. */
  observe(records: readonly AuditRecord[]): void {
    for (const { upstream = '', upstreamStatus } of records) {
      const record = this.#records.get(upstream);
      if (record === undefined || upstreamStatus === undefined) continue;
      if (upstreamStatus !== 407) record.loginRefusedAt = undefined;
      else record.loginRefusedAt ??= this.#clock.now();
    }
  }

  /** Why a parent cannot be used; undefined if it can, or has not been probed yet. */
  downBecause(name: string): string | undefined {
    const record = this.#records.get(name);
    if (record === undefined) return 'it is not in the squid.conf of this proxy pod';
    const { state } = record;
    return state === undefined || state.healthy ? undefined : (state.lastError ?? 'it does not answer');
  }

  /** Whether a parent, known by this host name, does not answer at the address. */
  isDead(host: string, address: string): boolean {
    const parents = [...this.#records.values()].filter((record) => record.host === host);
    return parents.length > 0 && parents.every(({ state }) => state?.dead.has(address) ?? false);
  }

  report(): UpstreamHealth[] {
    return [...this.#records].flatMap(([name, { state, loginRefusedAt }]) =>
      state === undefined ? [] : [reportHealth(name, state, loginRefusedAt)],
    );
  }
}
