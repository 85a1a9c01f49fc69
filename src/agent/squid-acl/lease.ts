/** Report of the relay that it reused a leased answer. */
export interface Reuse {
  /** Number of the lease. */
  number: number;
  /** Identifier of the decision that Squid got. */
  id: string;
  /** Port of the client. */
  sourcePort: number;
  /** Milliseconds since the epoch at which the relay answered. */
  time: number;
}

const REUSE = 'reuse ';

/** Parses `reuse NUMBER ID PORT TIME`; undefined for any other line. */
export function parseReuse(line: string): Reuse | undefined {
  if (!line.startsWith(REUSE)) return undefined;
  const [number = '', id = '', sourcePort = '', time = ''] = line.slice(REUSE.length).split(' ');
  return { number: Number(number), id, sourcePort: Number(sourcePort), time: Number(time) };
}

/** An allow that the relay may reuse for equal requests while the policy state has the same revision. */
export interface Lease {
  /** Reports of reuse refer to it. */
  number: number;
  /** Revision of the policy state that the decision was made with. */
  revision: number;
  /** Milliseconds from the request for which the relay may reuse the answer. */
  forMs: number;
  /** Channel of the request that this answers. */
  channel: string;
  id: string;
  /** Notes as formatNotes renders them. */
  notes: string;
}

/** Answers a request with an allow and a lease: `lease NUMBER REVISION MS CHANNEL ID NOTES`. */
export function formatLease({ number, revision, forMs, channel, id, notes }: Lease): string {
  return `lease ${number} ${revision} ${Math.floor(forMs)} ${channel} ${id}${notes}`;
}
