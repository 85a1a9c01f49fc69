import { randomBytes } from 'node:crypto';
import type { ActivityReport, AuditRecord, FlowPage } from '../../api/index.ts';
import type { Clock } from '../../time/index.ts';
import type { AuditLine } from '../audit/index.ts';
import type { OpenTunnels } from '../tunnels/index.ts';
import { type FlowQuery, RecentFlows } from './recent-flows.ts';
import { Tally } from './tally.ts';

export interface ActivityOptions {
  /** The proxy pod. */
  pod: string;
  clock: Pick<Clock, 'now'>;
  tunnels: OpenTunnels;
}

/** Flows and counts of this proxy pod, from its open tunnels and its audit records. */
export class Activity {
  readonly #tunnels: OpenTunnels;
  readonly #flows: RecentFlows;
  readonly #tally: Tally;
  readonly #clock: Pick<Clock, 'now'>;

  constructor({ pod, clock, tunnels }: ActivityOptions) {
    this.#clock = clock;
    this.#tunnels = tunnels;
    const instance = randomBytes(8).toString('hex');
    this.#flows = new RecentFlows({ instance, pod, now: () => clock.now() });
    this.#tally = new Tally({ instance, pod, since: this.#time() });
    tunnels.subscribe({
      onChanged: (tunnel) => this.#flows.show(tunnel),
      onClosed: (id) => this.#flows.forget(id),
    });
  }

  /** Takes the audit lines that have been printed. */
  printed(lines: readonly AuditLine[]): void {
    for (const line of lines) {
      const { record } = line;
      if (record.id !== undefined) this.#ended(record.id, record);
      this.#flows.close(line);
      this.#tally.count(record);
    }
  }

  flows(query: FlowQuery): FlowPage {
    return this.#flows.page(query);
  }

  report(namespaces?: readonly string[]): ActivityReport {
    const rulesInUse = this.#tunnels.list().flatMap(({ known }) => known.rule ?? []);
    return this.#tally.report(rulesInUse, this.#time(), namespaces);
  }

  /** A request that asked for an upgrade is open as a tunnel, whatever its origin answered. */
  #ended(id: string, { method }: AuditRecord): void {
    if (method === 'CONNECT') this.#tunnels.end(id);
    else this.#tunnels.close(id);
  }

  #time(): string {
    return new Date(this.#clock.now()).toISOString();
  }
}
