import type { Flow, FlowPage } from '../../api/index.ts';
import type { AuditLine } from '../audit/index.ts';
import type { Tunnel } from '../tunnels/tunnel.ts';

export interface FlowStoreOptions {
  /** Another after each start. */
  instance: string;
  /** Of the proxy. */
  pod: string;
  /** Milliseconds since the epoch. */
  now: () => number;
  capacity?: number;
}

export interface FlowQuery {
  /** Flows behind this seq; undefined: the newest ones. */
  after?: number | undefined;
  limit?: number | undefined;
  /** None: all. */
  namespaces?: readonly string[];
  id?: string | undefined;
}

/** A flow that is over, as its audit line: half the memory of an object, and none of the strings it was cut from. */
interface Closed {
  seq: number;
  line: string;
}

/** What a page can be asked by. */
type Asked = 'id' | 'namespace';

interface Open {
  seq: number;
  tunnel: Tunnel;
}

const CAPACITY = 10_000;
export const LARGEST_PAGE = 1000;
/** A client can make a URL of 8 KB; the audit log has all of it. */
const LONGEST_URL = 512;

/** What went through the proxy lately and what is open: the last flows, in the order in which they became known. */
export class FlowStore {
  readonly #options: Required<FlowStoreOptions>;
  /** A ring, once it is full: then the oldest stands at `#oldest`. */
  readonly #closed: Closed[] = [];
  #oldest = 0;
  readonly #open = new Map<string, Open>();
  #seq = 0;
  #lastForgotten = 0;
  #forgotten = 0;

  constructor(options: FlowStoreOptions) {
    this.#options = { capacity: CAPACITY, ...options };
  }

  /** A tunnel has opened, or another thing is to be said of an open one. */
  tell(tunnel: Tunnel): void {
    this.#seq += 1;
    this.#open.delete(tunnel.id);
    this.#open.set(tunnel.id, { seq: this.#seq, tunnel });
  }

  /** A tunnel is open no longer, whatever became of its audit line. */
  forget(id: string): void {
    this.#open.delete(id);
  }

  close({ record, text }: AuditLine): void {
    if (record.id !== undefined) this.#open.delete(record.id);
    this.#seq += 1;
    const { url } = record;
    const isLong = url !== undefined && url.length > LONGEST_URL;
    const line = isLong ? JSON.stringify({ ...record, url: url.slice(0, LONGEST_URL) }) : text;
    this.#remember({ seq: this.#seq, line });
  }

  #remember(flow: Closed): void {
    const { capacity } = this.#options;
    const forgotten = this.#closed[this.#oldest];
    if (this.#closed.length < capacity || forgotten === undefined) {
      this.#closed.push(flow);
      return;
    }
    this.#closed[this.#oldest] = flow;
    this.#oldest = (this.#oldest + 1) % capacity;
    this.#lastForgotten = forgotten.seq;
    this.#forgotten += 1;
  }

  page({ after, limit = LARGEST_PAGE, namespaces = [], id }: FlowQuery = {}): FlowPage {
    const wanted = ({ seq }: { seq: number }, has: (field: Asked, value: string) => boolean) =>
      seq > (after ?? 0) &&
      (namespaces.length === 0 || namespaces.some((one) => has('namespace', one))) &&
      (id === undefined || has('id', id));
    const closed = [...this.#closed.slice(this.#oldest), ...this.#closed.slice(0, this.#oldest)].filter(
      (flow) => wanted(flow, (field, value) => says(flow.line, field, value)),
    );
    const open = [...this.#open.values()].filter((flow) =>
      wanted(flow, (field, value) => (flow.tunnel.known[field] ?? '') === value),
    );
    const most = Math.min(limit, LARGEST_PAGE);
    const isFirst = after === undefined;
    // What is open is there from the beginning, however much went through since.
    const chosen = isFirst
      ? mergeBySeq(newest(closed, most), newest(open, most))
      : mergeBySeq(closed, open).slice(0, most);
    const isWhole = isFirst || chosen.length === closed.length + open.length;
    const { instance, pod } = this.#options;
    return {
      instance,
      pod,
      next: isWhole ? this.#seq : (chosen.at(-1)?.seq ?? after),
      dropped: Math.min(this.#forgotten, Math.max(0, this.#lastForgotten - (after ?? this.#lastForgotten))),
      flows: chosen.map((entry) => this.#show(entry)),
    };
  }

  #show(entry: Closed | Open): Flow {
    if ('line' in entry) return { ...JSON.parse(entry.line), seq: entry.seq, state: 'closed' };
    const { known, revoked } = entry.tunnel;
    const durationMs = Math.max(0, this.#options.now() - Date.parse(known.time));
    return { ...known, durationMs, seq: entry.seq, state: 'open', ...(revoked && { revoked }) };
  }
}

/**
 * Whether a record in JSON has this value, '' for none. Inside of another value a quotation mark stands behind a
 * backslash, so it cannot be mistaken for a field.
 */
function says(line: string, field: Asked, value: string): boolean {
  return value === '' ? !line.includes(`"${field}":`) : line.includes(`"${field}":${JSON.stringify(value)}`);
}

function newest<T>(flows: readonly T[], most: number): readonly T[] {
  return flows.slice(Math.max(0, flows.length - most));
}

/** Both in rising order. */
function mergeBySeq(closed: readonly Closed[], open: readonly Open[]): (Closed | Open)[] {
  const merged: (Closed | Open)[] = [];
  let next = 0;
  for (const flow of closed) {
    for (let tunnel = open[next]; tunnel !== undefined && tunnel.seq < flow.seq; tunnel = open[next]) {
      merged.push(tunnel);
      next += 1;
    }
    merged.push(flow);
  }
  return [...merged, ...open.slice(next)];
}
