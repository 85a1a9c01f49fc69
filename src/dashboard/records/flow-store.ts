import type { Flow, FlowPage } from '../../api/index.ts';
import type { DashboardFlow, FlowAnswer } from '../wire.ts';

export interface FlowStoreOptions {
  /** Flows that are remembered. */
  capacity: number;
  /** Another at each start: a cursor of another instance begins anew. */
  instance: string;
  /** Told of each request that has ended, once. */
  onEnded?: (flow: DashboardFlow) => void;
}

interface Entry {
  seq: number;
  flow: DashboardFlow;
}

export interface FlowQuery {
  /** The cursor of the answer before; undefined: from the beginning. */
  after?: string | undefined;
  limit: number;
  visible: (namespace: string | undefined) => boolean;
}

/**
 * The newest flows of all agents, in the order in which they were told. An open tunnel gives way to its end. Each
 * change has a number of its own, so that a page that asks on gets just what is new.
 */
export class FlowStore {
  readonly #options: FlowStoreOptions;
  /** By key, oldest change first. */
  readonly #entries = new Map<string, Entry>();
  #seq = 0;
  #missed = 0;

  constructor(options: FlowStoreOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Newest first. */
  *newest(): Generator<DashboardFlow> {
    for (const { flow } of [...this.#entries.values()].reverse()) yield flow;
  }

  /** `agent`: `namespace/name` of the pod. */
  add(agent: string, { flows, dropped, instance }: Pick<FlowPage, 'flows' | 'dropped' | 'instance'>): void {
    this.#missed += dropped;
    for (const flow of flows) this.#put(agent, instance, flow);
  }

  /** What an agent that is gone said last: its tunnels have ended with it. */
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
    // Set anew, so that the map's order is that of the changes.
    this.#entries.delete(key);
    this.#seq += 1;
    const stored: DashboardFlow = { ...flow, key, agent };
    this.#entries.set(key, { seq: this.#seq, flow: stored });
    if (flow.state === 'closed') this.#options.onEnded?.(stored);
    this.#trim();
  }

  /** Only an open tunnel gives way: two requests under one id would both be told. */
  #keyFor(key: string, seq: number): string {
    return this.#entries.get(key)?.flow.state === 'closed' ? `${key} ${seq}` : key;
  }

  #trim(): void {
    if (this.#entries.size <= this.#options.capacity) return;
    const [oldest] = this.#entries.keys();
    if (oldest !== undefined) this.#entries.delete(oldest);
  }
}

/** Undefined: there is none, or it is of another instance. */
function parseCursor(cursor: string | undefined, instance: string): number | undefined {
  const [, of, seq] = /^([\w-]+)\.(\d+)$/.exec(cursor ?? '') ?? [];
  return of === instance ? Number(seq) : undefined;
}
