/** An answer that the relay has given again by itself, as it tells of it afterwards. */
export interface Again {
  /** Under which the answer was given to the relay. */
  number: number;
  /** Of this decision. */
  id: string;
  /** The client's. */
  sourcePort: number;
  /** When, in milliseconds since the epoch. */
  time: number;
}

/** What such a line begins with. */
const WORD = 'again ';

/** `again NUMBER ID PORT TIME`; undefined for any other line. */
export function parseAgain(line: string): Again | undefined {
  if (!line.startsWith(WORD)) return undefined;
  const [number = '', id = '', sourcePort = '', time = ''] = line.slice(WORD.length).split(' ');
  return { number: Number(number), id, sourcePort: Number(sourcePort), time: Number(time) };
}

export interface Keep {
  number: number;
  /** Of what the agent knew when it decided. */
  version: number;
  /** Milliseconds since the question in which the relay may give it again. */
  forMs: number;
  channel: string;
  id: string;
  /** As formatNotes gives them. */
  notes: string;
}

/** The answer to a question that is allowed, with the leave to answer the same question in the same way. */
export function formatKeep({ number, version, forMs, channel, id, notes }: Keep): string {
  return `keep ${number} ${version} ${Math.floor(forMs)} ${channel} ${id}${notes}`;
}
