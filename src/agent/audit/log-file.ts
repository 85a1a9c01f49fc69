import type { Log } from '../../telemetry/index.ts';
import { countLostLines, parseAccessLine, parseStart } from './access-line.ts';
import type { AuditRecordOptions } from './audit-record.ts';
import type { LogFormat } from './log-formats.ts';
import type { Checkpoint, PositionFile } from './position-file.ts';
import type { RotatingFile } from './rotating-file.ts';
import type { Batch } from './segments.ts';

export interface LogFileOptions {
  file: RotatingFile;
  format: LogFormat;
  position: PositionFile;
  record: () => AuditRecordOptions;
  log: Log;
  /** Called with the number of segments that were deleted before they were written to the file. */
  onMissing: (segments: number) => void;
}

/**
 * Writes Squid's log to a file, each request exactly once even after a kill: the position contains the file's size, and
 * the next run truncates the file to that size before it writes the same lines again.
 */
export class LogFile {
  readonly #options: LogFileOptions;
  #opened = false;

  constructor(options: LogFileOptions) {
    this.#options = options;
  }

  get position(): Checkpoint {
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

  /** Records the size before the first write, so that the next run can truncate after a kill during it. */
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
        'the log file was written too slowly: lines of these segments are missing in it',
      );
    }
    const options = record();
    return lines.map((text) => formatted(text, format, options)).join('');
  }
}

function formatted(text: string, { render, comment }: LogFormat, options: AuditRecordOptions): string {
  if (parseStart(text) !== undefined) return '';
  const line = parseAccessLine(text);
  const shown =
    line === undefined ? comment?.(`missing here: ${countLostLines(text)}`) : render(line, options);
  return shown === undefined ? '' : `${shown}\n`;
}
