import type { Log } from '../../telemetry/index.ts';
import { parseAccessLine } from './access-line.ts';
import type { AuditRecordOptions } from './audit-record.ts';
import type { LogFormat } from './log-formats.ts';
import { lostIn } from './lost-lines.ts';
import type { Mark, PositionFile } from './position-file.ts';
import type { RotatingFile } from './rotating-file.ts';
import type { Batch } from './segments.ts';

export interface LogFileOptions {
  file: RotatingFile;
  format: LogFormat;
  position: PositionFile;
  record: () => AuditRecordOptions;
  log: Log;
  /** Segments that were deleted before they stood in the file. */
  onMissing: (segments: number) => void;
}

/**
 * Squid's log in a file. Each request stands in it exactly once, whatever is killed: the position remembers the file's
 * size with it, and what a killed run had written beyond that is cut off before the next one writes it again.
 */
export class LogFile {
  readonly #options: LogFileOptions;
  #opened = false;

  constructor(options: LogFileOptions) {
    this.#options = options;
  }

  get position(): Mark {
    return this.#options.position.position;
  }

  async take(batch: Batch): Promise<void> {
    const { file, position } = this.#options;
    if (!this.#opened) await this.#open();
    const text = this.#text(batch);
    if (text !== '') {
      if (file.isFull(Buffer.byteLength(text))) {
        await file.rotate();
        position.advance({ ...this.position, size: 0 });
      }
      await file.append(text);
    }
    position.advance({ ...batch.next, size: file.size });
  }

  /** Remembers the size before anything is written: a kill in the very first write, too, leaves what is cut off. */
  async #open(): Promise<void> {
    const { file, position } = this.#options;
    await file.open(this.position.size);
    position.advance({ ...this.position, size: file.size });
    this.#opened = true;
  }

  async close(): Promise<void> {
    await this.#options.file.close();
  }

  #text({ lines, missing, from }: Batch): string {
    const { format, record, log, onMissing } = this.#options;
    if (missing > 0) {
      onMissing(missing);
      log.error(
        { segments: missing, segment: from.segment },
        'the log file was held up: lines are missing in it here',
      );
    }
    const options = record();
    return lines.map((text) => formatted(text, format, options)).join('');
  }
}

function formatted(text: string, { show, comment }: LogFormat, options: AuditRecordOptions): string {
  const line = parseAccessLine(text);
  const shown = line === undefined ? comment?.(`missing here: ${lostIn(text)}`) : show(line, options);
  return shown === undefined ? '' : `${shown}\n`;
}
