import type { Log } from '../../telemetry/index.ts';
import { parseAccessLine } from './access-line.ts';
import { type AuditRecordOptions, buildAuditRecord, type Printed } from './audit-record.ts';
import { type Chunk, chunksOf, type Entry } from './line-chunks.ts';
import { lostIn } from './lost-lines.ts';
import { ATOMIC, type Output } from './output.ts';
import type { Mark, PositionFile } from './position-file.ts';
import type { Batch, Position } from './segments.ts';

export interface AuditLogOptions {
  position: PositionFile;
  print: Output;
  /** Asked for each batch: the settings change while the agent runs. */
  record: () => AuditRecordOptions;
  log: Log;
  onPrinted: (lines: readonly Printed[]) => void;
  onLost: (lines: number) => void;
}

/**
 * Prints Squid's log as audit lines, some at a time: so few that the pipe takes them whole or not at all, and in the
 * same turn the position is written. A kill between these two system calls repeats those lines; the next run names
 * the ids of all lines of which this could be true.
 */
export class AuditLog {
  readonly #options: AuditLogOptions;
  #begun = false;
  /** Nothing has been printed since a run that did not end by itself. */
  #afterKill: boolean;

  constructor(options: AuditLogOptions) {
    this.#options = options;
    const { segment, ended } = this.position;
    this.#afterKill = segment > 0 && ended !== true;
  }

  get position(): Mark {
    return this.#options.position.position;
  }

  async take(batch: Batch): Promise<void> {
    const { segment } = batch.from;
    const chunks = chunksOf(this.#entries(batch), ATOMIC);
    this.#begin(batch.from);
    for (const chunk of chunks) await this.#print(chunk, segment);
    this.#options.position.advance({ ...batch.next });
  }

  /** Everything has been taken, and nothing comes any more. */
  end(): void {
    this.#options.position.advance({ ...this.position, ended: true });
  }

  /** Before the first print: a kill in it, too, leaves a position that is not of an end, nor of a first start. */
  #begin(from: Position): void {
    if (this.#begun) return;
    this.#begun = true;
    if (!this.#afterKill) this.#options.position.advance({ ...from });
  }

  async #print({ text, bytes, items, end }: Chunk<Printed>, segment: number): Promise<void> {
    const { position, print, onPrinted } = this.#options;
    if (this.#afterKill) await this.#resume(items);
    if (bytes > ATOMIC) position.advance({ ...position.position, cuttable: true });
    const waiting = print(text);
    // In the same turn where the kernel had room.
    if (waiting !== undefined) await waiting;
    position.advance({ segment, offset: end });
    onPrinted(items);
  }

  async #resume(lines: readonly Printed[]): Promise<void> {
    this.#afterKill = false;
    const ids = lines.map(({ record }) => record.id);
    this.#options.log.warn(
      { ids },
      'the last run was killed: the audit lines with these ids may stand twice',
    );
    // Ends what was cut, so that it spoils no other line.
    if (this.position.cuttable) await this.#options.print('\n');
  }

  #entries({ lines, from, tornBytes, missing }: Batch): Entry<Printed>[] {
    const options = this.#options.record();
    const entries: Entry<Printed>[] = [];
    let lost = tornBytes > 0 ? 1 : 0;
    let end = from.offset;
    for (const text of lines) {
      end += text.length + 1;
      const line = parseAccessLine(text);
      const record = line && buildAuditRecord(line, options);
      if (record !== undefined) {
        const printed = { text: JSON.stringify(record), record };
        entries.push({ text: printed.text, item: printed, end });
      } else if (line === undefined) lost += lostIn(text);
    }
    this.#tellLoss(lost, missing, from.segment);
    return entries;
  }

  #tellLoss(lost: number, missing: number, segment: number): void {
    const { log, onLost } = this.#options;
    if (missing > 0)
      log.error({ segments: missing, segment }, 'whole segments of the audit log are missing here');
    if (lost === 0) return;
    onLost(lost);
    log.error({ lost, segment }, 'audit lines are missing here');
  }
}
