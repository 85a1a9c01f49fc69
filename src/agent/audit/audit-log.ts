import type { AuditRecord } from '../../api/index.ts';
import type { Log } from '../../telemetry/index.ts';
import { countLostLines, parseAccessLine, parseStart } from './access-line.ts';
import { type AuditLine, type AuditRecordOptions, buildAuditLine } from './audit-record.ts';
import { ATOMIC, type Output } from './output.ts';
import type { Checkpoint, PositionFile } from './position-file.ts';
import type { Batch, Position } from './segments.ts';

export interface AuditLogOptions {
  position: PositionFile;
  print: Output;
  /** Called for each batch: the settings change while the agent runs. */
  record: () => AuditRecordOptions;
  log: Log;
  onPrinted: (lines: readonly AuditLine[]) => void;
  /** The records of the requests that ended with a Squid: they were allowed before the time and are open. */
  interrupted: (before: number) => readonly AuditRecord[];
  /** Resolves when the requests that are open now are on the disk. */
  saveOpen: () => Promise<void>;
  onLost: (lines: number) => void;
}

/**
 * Prints Squid's log as audit lines, in chunks that a pipe takes whole or not at all, and writes the position in the
 * same turn of the event loop. A kill between these two system calls repeats the lines of one chunk; the next run logs
 * the ids of the lines that may be repeated.
 */
export class AuditLog {
  readonly #options: AuditLogOptions;
  #begun = false;
  /** The last run was killed, and nothing has been printed since. */
  #afterKill: boolean;

  constructor(options: AuditLogOptions) {
    this.#options = options;
    const { segment, ended } = this.position;
    this.#afterKill = segment > 0 && ended !== true;
  }

  get position(): Checkpoint {
    return this.#options.position.position;
  }

  /** Prints records that do not come from Squid's log. */
  async append(records: readonly AuditRecord[]): Promise<void> {
    if (records.length === 0) return;
    this.#begin(this.position);
    await this.#printRecords(records, this.position);
  }

  /** Not while `append` runs: two texts would mix if the pipe is full. */
  async take(batch: Batch): Promise<void> {
    const { segment } = batch.from;
    this.#begin(batch.from);
    for (const { lines, start } of splitAtStarts(this.#auditLines(batch))) {
      for (const chunk of chunksOf(lines, ATOMIC)) await this.#print(chunk, segment);
      if (start !== undefined) await this.#endSquidBefore(start.at, { segment, offset: start.offset });
    }
    this.#options.position.advance({ ...batch.next });
  }

  /**
   * Prints what ended with the last Squid. The position stays before the record of the start until the file of the open
   * requests is written: a kill in between repeats these lines, and loses none.
   */
  async #endSquidBefore(at: number, position: Position): Promise<void> {
    await this.#printRecords(this.#options.interrupted(at), position);
    await this.#options.saveOpen();
  }

  async #printRecords(records: readonly AuditRecord[], { segment, offset }: Position): Promise<void> {
    const lines = records.map((record) => ({ line: { text: JSON.stringify(record), record }, end: offset }));
    for (const chunk of chunksOf(lines, ATOMIC)) await this.#print(chunk, segment);
  }

  /** Records that this run has printed everything and ends. */
  end(): void {
    this.#options.position.advance({ ...this.position, ended: true });
  }

  /** Writes a position before the first print, so that a kill during it does not look like an end or a first start. */
  #begin(from: Position): void {
    if (this.#begun) return;
    this.#begun = true;
    if (!this.#afterKill) this.#options.position.advance({ ...from });
  }

  async #print({ text, bytes, lines, end }: Chunk, segment: number): Promise<void> {
    const { position, print, onPrinted } = this.#options;
    if (this.#afterKill) await this.#resume(lines);
    if (bytes > ATOMIC) position.advance({ ...position.position, cuttable: true });
    const waiting = print(text);
    // No promise: the kernel took the text, and the position follows in the same turn.
    if (waiting !== undefined) await waiting;
    position.advance({ segment, offset: end });
    onPrinted(lines);
  }

  async #resume(lines: readonly AuditLine[]): Promise<void> {
    this.#afterKill = false;
    const ids = lines.map(({ record }) => record.id);
    this.#options.log.warn(
      { ids },
      'the last run was killed: the audit lines with these ids may be repeated',
    );
    // Ends a line that was cut, so that the next line can be parsed.
    if (this.position.cuttable) await this.#options.print('\n');
  }

  #auditLines({ lines, from, tornBytes, missing }: Batch): (OutputLine | StartRecord)[] {
    const options = this.#options.record();
    const auditLines: (OutputLine | StartRecord)[] = [];
    let lost = tornBytes > 0 ? 1 : 0;
    let end = from.offset;
    for (const text of lines) {
      const offset = end;
      end += text.length + 1;
      const at = parseStart(text);
      if (at !== undefined) {
        auditLines.push({ at, offset });
        continue;
      }
      const line = parseAccessLine(text);
      const auditLine = line && buildAuditLine(line, options);
      if (auditLine !== undefined) auditLines.push({ line: auditLine, end });
      else if (line === undefined) lost += countLostLines(text);
    }
    this.#reportLoss(lost, missing, from.segment);
    return auditLines;
  }

  #reportLoss(lost: number, missing: number, segment: number): void {
    const { log, onLost } = this.#options;
    if (missing > 0)
      log.error({ segments: missing, segment }, 'whole segments of the audit log are missing here');
    if (lost === 0) return;
    onLost(lost);
    log.error({ lost, segment }, 'audit lines are missing here');
  }
}

interface OutputLine {
  line: AuditLine;
  /** Offset in the segment after the line that this was made of. */
  end: number;
}

interface StartRecord {
  /** When a Squid was started, milliseconds since the epoch. */
  at: number;
  /** Offset of the record in the segment. */
  offset: number;
}

/** The lines before each start of a Squid, with that start, and those after the last. */
function splitAtStarts(
  all: readonly (OutputLine | StartRecord)[],
): { lines: OutputLine[]; start: StartRecord | undefined }[] {
  let lines: OutputLine[] = [];
  const parts: ReturnType<typeof splitAtStarts> = [];
  for (const one of all) {
    if ('line' in one) lines.push(one);
    else {
      parts.push({ lines, start: one });
      lines = [];
    }
  }
  return [...parts, { lines, start: undefined }];
}

interface Chunk {
  /** Whole lines with their line ends. */
  text: string;
  bytes: number;
  lines: AuditLine[];
  end: number;
}

/** Joins lines into chunks of at most `maxBytes`; a longer line is a chunk of its own. */
function chunksOf(lines: readonly OutputLine[], maxBytes: number): Chunk[] {
  const chunks: Chunk[] = [];
  for (const { line, end } of lines) {
    const bytes = Buffer.byteLength(line.text) + 1;
    const last = chunks.at(-1);
    if (last === undefined || last.bytes + bytes > maxBytes) {
      chunks.push({ text: `${line.text}\n`, bytes, lines: [line], end });
    } else {
      last.text += `${line.text}\n`;
      last.bytes += bytes;
      last.lines.push(line);
      last.end = end;
    }
  }
  return chunks;
}
