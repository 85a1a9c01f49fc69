import type { AuditRecord } from '../../api/index.ts';
import type { Clock } from '../../kube/index.ts';
import { sleep } from '../../kube/index.ts';
import type { Log } from '../../telemetry/log.ts';
import { parseAccessLine } from './access-line.ts';
import { type AuditRecordOptions, buildAuditRecord } from './audit-record.ts';
import type { PositionFile } from './position-file.ts';
import type { Batch, Segments } from './segments.ts';

export interface AuditLogOptions {
  segments: Segments;
  position: PositionFile;
  /** Resolves when all of it has been taken. */
  print: (text: string) => Promise<void>;
  /** Asked for each batch: the settings change while the agent runs. */
  record: () => AuditRecordOptions;
  clock: Clock;
  log: Log;
  onPrinted: (records: readonly AuditRecord[]) => void;
  onLost: (lines: number) => void;
}

/** As the log relay writes it where lines are missing. */
const LOST_RECORD = /^!lost (\d+)$/;
/** Milliseconds between two looks when there is nothing new, and after a failure. */
const POLL = 100;
const RETRY = 1000;

/**
 * Prints Squid's log as audit lines. First printed, then remembered, then deleted: what a kill between the first two
 * repeats is one batch at most, and each line has its id.
 */
export class AuditLog {
  readonly #options: AuditLogOptions;

  constructor(options: AuditLogOptions) {
    this.#options = options;
  }

  /** Until the signal is aborted and everything written before has been printed. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#options;
    for (;;) {
      try {
        const stopping = signal.aborted;
        if (await this.#step()) continue;
        if (stopping) return;
        await sleep(clock, POLL, signal);
      } catch (err) {
        log.error({ err }, 'the audit log is held up');
        if (signal.aborted) return;
        await sleep(clock, RETRY, signal);
      }
    }
  }

  /** False when there was nothing to do. */
  async #step(): Promise<boolean> {
    const { segments, position, print, onPrinted } = this.#options;
    const before = position.position;
    const batch = await segments.read(before);
    if (batch === undefined) return false;
    const records = this.#records(batch);
    if (records.length > 0) await print(`${records.map((record) => JSON.stringify(record)).join('\n')}\n`);
    position.advance(batch.next);
    onPrinted(records);
    if (batch.next.segment > before.segment) await segments.deleteBefore(batch.next);
    return true;
  }

  #records({ lines, tornBytes, next }: Batch): AuditRecord[] {
    const options = this.#options.record();
    let lost = tornBytes > 0 ? 1 : 0;
    const records: AuditRecord[] = [];
    for (const text of lines) {
      const line = parseAccessLine(text);
      const record = line && buildAuditRecord(line, options);
      if (record !== undefined) records.push(record);
      else if (line === undefined) lost += lostIn(text);
    }
    if (lost > 0) {
      this.#options.onLost(lost);
      this.#options.log.error({ lost, segment: next.segment }, 'audit lines are missing here');
    }
    return records;
  }
}

/** A line that cannot be read is one line lost. */
function lostIn(text: string): number {
  return Number(LOST_RECORD.exec(text)?.[1] ?? 1);
}
