import type { AuditRecord, Flow, FlowPage } from '../../api/index.ts';
import type { AuditLine } from '../audit/index.ts';
import type { Tunnel } from '../tunnels/index.ts';

export interface RecentFlowsOptions {
  /** Identifier of this run of the agent. */
  instance: string;
  /** The proxy pod. */
  pod: string;
  /** Milliseconds since the epoch. */
  now: () => number;
  capacity?: number;
}

export interface FlowQuery {
  /** Only flows with a higher seq; undefined: the newest flows. */
  after?: number | undefined;
  limit?: number | undefined;
  /** Only flows of these namespaces; empty: of all. `''` means clients that are not pods. */
  namespaces?: readonly string[];
  id?: string | undefined;
}

/**
 * A flow that has ended, as its audit line: half the memory of an object. Nothing else is stored, not even the fields
 * that a page is filtered by, since each would be another string per flow.
 */
interface ClosedFlow {
  seq: number;
  line: string;
}

interface OpenFlow {
  seq: number;
  tunnel: Tunnel;
}

const CAPACITY = 10_000;
/** Flows in one page. */
export const LARGEST_PAGE = 1000;
/** Characters. A client can make a URL of 8 KB; the audit log has all of it. */
const LONGEST_URL = 512;

/** The last flows and the open ones, numbered in the order in which they became known. */
export class RecentFlows {
  readonly #options: Required<RecentFlowsOptions>;
  /** A ring once it is full; then the oldest flow is at `#oldest`. */
  readonly #closed: ClosedFlow[] = [];
  #oldest = 0;
  readonly #open = new Map<string, OpenFlow>();
  #seq = 0;
  #lastDropped = 0;
  #dropped = 0;

  constructor(options: RecentFlowsOptions) {
    this.#options = { capacity: CAPACITY, ...options };
  }

  /** Takes a tunnel that has opened or changed. */
  show(tunnel: Tunnel): void {
    this.#seq += 1;
    this.#open.delete(tunnel.id);
    this.#open.set(tunnel.id, { seq: this.#seq, tunnel });
  }

  /** Forgets an open tunnel, whatever became of its audit line. */
  forget(id: string): void {
    this.#open.delete(id);
  }

  /** Takes the audit line of a flow that has ended. */
  close({ record, text }: AuditLine): void {
    if (record.id !== undefined) this.#open.delete(record.id);
    this.#seq += 1;
    const { url } = record;
    const isLong = url !== undefined && url.length > LONGEST_URL;
    const line = isLong ? JSON.stringify({ ...record, url: url.slice(0, LONGEST_URL) }) : text;
    this.#store({ seq: this.#seq, line });
  }

  #store(flow: ClosedFlow): void {
    const { capacity } = this.#options;
    const dropped = this.#closed[this.#oldest];
    if (this.#closed.length < capacity || dropped === undefined) {
      this.#closed.push(flow);
      return;
    }
    this.#closed[this.#oldest] = flow;
    this.#oldest = (this.#oldest + 1) % capacity;
    this.#lastDropped = dropped.seq;
    this.#dropped += 1;
  }

  page(query: FlowQuery = {}): FlowPage {
    const { after, limit = LARGEST_PAGE } = query;
    const most = Math.min(limit, LARGEST_PAGE);
    const isFirst = after === undefined;
    const open = [...this.#open.values()].filter(
      ({ seq, tunnel }) => seq > (after ?? 0) && matches(tunnel.known, query),
    );
    // The first page has the newest closed flows and the newest open ones, however long they have been open.
    const closed = isFirst ? this.#newest(query, most) : this.#next(query, after, most + 1);
    const chosen = isFirst
      ? mergeBySeq(closed, open.slice(Math.max(0, open.length - most)))
      : mergeBySeq(closed, open).slice(0, most);
    const isComplete = isFirst || chosen.length === closed.length + open.length;
    const { instance, pod } = this.#options;
    return {
      instance,
      pod,
      next: isComplete ? this.#seq : (chosen.at(-1)?.seq ?? after),
      dropped: Math.min(this.#dropped, Math.max(0, this.#lastDropped - (after ?? this.#lastDropped))),
      flows: chosen.map((flow) => this.#render(flow)),
    };
  }

  /** The newest closed flows that match, in rising order of seq. */
  #newest(query: FlowQuery, most: number): ClosedFlow[] {
    const found: ClosedFlow[] = [];
    for (let index = this.#closed.length - 1; index >= 0 && found.length < most; index -= 1) {
      const flow = this.#closedAt(index);
      if (flow !== undefined && lineMatches(flow.line, query)) found.push(flow);
    }
    return found.reverse();
  }

  /** The oldest closed flows after a seq that match, in rising order of seq. */
  #next(query: FlowQuery, after: number, most: number): ClosedFlow[] {
    const found: ClosedFlow[] = [];
    for (let index = 0; index < this.#closed.length && found.length < most; index += 1) {
      const flow = this.#closedAt(index);
      if (flow !== undefined && flow.seq > after && lineMatches(flow.line, query)) found.push(flow);
    }
    return found;
  }

  /** `index`: from the oldest. */
  #closedAt(index: number): ClosedFlow | undefined {
    return this.#closed[(this.#oldest + index) % this.#closed.length];
  }

  #render(flow: ClosedFlow | OpenFlow): Flow {
    if ('line' in flow) return { ...JSON.parse(flow.line), seq: flow.seq, state: 'closed' };
    const { known, revoked } = flow.tunnel;
    const durationMs = Math.max(0, this.#options.now() - Date.parse(known.time));
    return { ...known, durationMs, seq: flow.seq, state: 'open', ...(revoked && { revoked }) };
  }
}

function matches(
  { id, namespace = '' }: Pick<AuditRecord, 'id' | 'namespace'>,
  { id: wanted, namespaces = [] }: FlowQuery,
): boolean {
  return (
    (wanted === undefined || id === wanted) && (namespaces.length === 0 || namespaces.includes(namespace))
  );
}

/** As `matches`, on the parsed line. Only lines whose text can match are parsed: parsing all takes 20 ms. */
function lineMatches(line: string, query: FlowQuery): boolean {
  const { id, namespaces = [] } = query;
  if (id === undefined && namespaces.length === 0) return true;
  const isCandidate =
    (id === undefined || line.includes(JSON.stringify(id))) &&
    (namespaces.length === 0 ||
      namespaces.some((namespace) =>
        namespace === '' ? !/"namespace"\s*:/.test(line) : line.includes(JSON.stringify(namespace)),
      ));
  return isCandidate && matches(JSON.parse(line), query);
}

/** Merges two lists in rising order of seq. */
function mergeBySeq(closed: readonly ClosedFlow[], open: readonly OpenFlow[]): (ClosedFlow | OpenFlow)[] {
  const merged: (ClosedFlow | OpenFlow)[] = [];
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
