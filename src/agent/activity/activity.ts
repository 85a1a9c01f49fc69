import { randomBytes } from 'node:crypto';
import type { ActivityReport, FlowPage } from '../../api/index.ts';
import type { Clock } from '../../time/index.ts';
import type { AuditLine } from '../audit/index.ts';
import { OpenTunnels, type Tunnel } from '../tunnels/index.ts';
import { type FlowQuery, FlowStore } from './flow-store.ts';
import { Tally } from './tally.ts';

export interface ActivityOptions {
  /** The proxy pod. */
  pod: string;
  clock: Pick<Clock, 'now'>;
  /** Something else than before is open. */
  onTunnels: () => void;
}

/** Takes in each tunnel as it opens and each audit record as it is printed. */
export class Activity {
  readonly tunnels: OpenTunnels;
  readonly #flows: FlowStore;
  readonly #tally: Tally;
  readonly #clock: Pick<Clock, 'now'>;

  constructor({ pod, clock, onTunnels }: ActivityOptions) {
    this.#clock = clock;
    const instance = randomBytes(8).toString('hex');
    this.#flows = new FlowStore({ instance, pod, now: () => clock.now() });
    this.#tally = new Tally({ instance, pod, since: this.#time() });
    this.tunnels = new OpenTunnels({
      onTold: (tunnel: Tunnel) => {
        this.#flows.tell(tunnel);
        onTunnels();
      },
      onGone: (id) => {
        this.#flows.forget(id);
        onTunnels();
      },
    });
  }

  printed(lines: readonly AuditLine[]): void {
    for (const line of lines) {
      const { record } = line;
      if (record.id !== undefined && record.method === 'CONNECT') this.tunnels.end(record.id);
      this.#flows.close(line);
      this.#tally.count(record);
    }
  }

  flows(query: FlowQuery): FlowPage {
    return this.#flows.page(query);
  }

  report(namespaces?: readonly string[]): ActivityReport {
    const inUse = this.tunnels.list().flatMap(({ known }) => known.rule ?? []);
    return this.#tally.report(inUse, this.#time(), namespaces);
  }

  #time(): string {
    return new Date(this.#clock.now()).toISOString();
  }
}
