import type { Flow, FlowPage } from '../../api/index.ts';
import type { DashboardFlow, FlowAnswer } from '../wire.ts';

export interface FlowTableOptions {
  /** Flows in memory; the oldest are dropped first. */
  capacity: number;
  /** Unique for each start. A cursor of another instance reads from the beginning. */
  instance: string;
  /** Called once for each request that has ended. */
  onEnded?: (flow: DashboardFlow) => void;
}

interface Entry {
  seq: number;
  flow: DashboardFlow;
}

export interface FlowQuery {
  /** The cursor of the previous answer; undefined: from the beginning. */
  after?: string | undefined;
  limit: number;
  visible: (namespace: string | undefined) => boolean;
}

/**
 * The newest flows of all agents, in order of arrival. The end of a tunnel replaces its entry as an open one. Each change
 * has a sequence number, so that a page with a cursor gets only what is new.
 */
export class FlowTable {
  readonly #options: FlowTableOptions;
  /** Entries by key, oldest change first. */
  readonly #entries = new Map<string, Entry>();
  #seq = 0;
  #missed = 0;

  constructor(options: FlowTableOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Yields all flows in order of arrival, which differs from the order of their times. */
  *values(): Generator<DashboardFlow> {
    for (const { flow } of this.#entries.values()) yield flow;
  }

  /** `agent`: `namespace/name` of the pod. */
  add(agent: string, { flows, dropped, instance }: Pick<FlowPage, 'flows' | 'dropped' | 'instance'>): void {
    this.#missed += dropped;
    for (const flow of flows) this.#put(agent, instance, flow);
  }

  /** Drops the open tunnels of an agent that is gone: they ended with it. */
  forgetOpen(agent: string): void {
    for (const [key, { flow }] of this.#entries) {
      if (flow.agent === agent && flow.state === 'open') this.#entries.delete(key);
    }
  }

  read({ after, limit, visible }: FlowQuery): Omit<FlowAnswer, 'agents'> {
    const { instance } = this.#options;
    const since = parseCursor(after, instance);
    const flows: DashboardFlow[] = [];
    let last = this.#seq;
    let more = false;
    for (const { seq, flow } of this.#entries.values()) {
      if (seq <= (since ?? 0) || !visible(flow.namespace)) continue;
      if (flows.length === limit) {
        more = true;
        break;
      }
      flows.push(flow);
      last = seq;
    }
    return {
      cursor: `${instance}.${more ? last : this.#seq}`,
      reset: after !== undefined && after !== '' && since === undefined,
      more,
      flows,
      missed: this.#missed,
    };
  }

  #put(agent: string, instance: string, { seq, ...flow }: Flow): void {
    const key = this.#keyFor(`${agent} ${instance} ${flow.id ?? seq}`, seq);
    // Deleted first, so that the map is in order of the changes.
    this.#entries.delete(key);
    this.#seq += 1;
    const stored: DashboardFlow = { ...flow, key, agent };
    this.#entries.set(key, { seq: this.#seq, flow: stored });
    if (flow.state === 'closed') this.#options.onEnded?.(stored);
    this.#trim();
  }

  /** A new flow replaces only an open tunnel; two ended requests with the same id get different keys. */
  #keyFor(key: string, seq: number): string {
    return this.#entries.get(key)?.flow.state === 'closed' ? `${key} ${seq}` : key;
  }

  #trim(): void {
    if (this.#entries.size <= this.#options.capacity) return;
    const [oldest] = this.#entries.keys();
    if (oldest !== undefined) this.#entries.delete(oldest);
  }
}

/** Returns the sequence number; undefined without a cursor or for one of another instance. */
function parseCursor(cursor: string | undefined, instance: string): number | undefined {
  const [, of, seq] = /^([\w-]+)\.(\d+)$/.exec(cursor ?? '') ?? [];
  return of === instance ? Number(seq) : undefined;
}
