import { join } from 'node:path';
import type { Log } from '../../telemetry/index.ts';
import { type Clock, sleep } from '../../time/index.ts';
import { AuditLog } from './audit-log.ts';
import type { AuditRecordOptions, Printed } from './audit-record.ts';
import { LogFile } from './log-file.ts';
import { type LogFormatName, logFormats } from './log-formats.ts';
import { openOutput } from './output.ts';
import { PositionFile } from './position-file.ts';
import { RotatingFile, type RotatingFileOptions } from './rotating-file.ts';
import { readSegments } from './segment-reader.ts';
import { type Position, Segments } from './segments.ts';

export interface LogFileSettings extends RotatingFileOptions {
  /** Of its position file. */
  as: string;
  format: LogFormatName;
}

export interface AccessLogOptions {
  /** Of the segments. */
  logDir: string;
  /** Of the positions. */
  stateDir: string;
  auditFd: number;
  files: readonly LogFileSettings[];
  record: () => AuditRecordOptions;
  /** Bytes that the log relay keeps; beyond them it loses lines. */
  cap: () => number;
  clock: Clock;
  log: Log;
  onPrinted: (lines: readonly Printed[]) => void;
  onLost: (lines: number) => void;
  /** Segments that a file does not have. */
  onMissing: (file: string, segments: number) => void;
}

/** Bytes of a segment, as the log relay fills them. */
const SEGMENT = 1 << 20;
/** Milliseconds that a stopping agent gives a file. */
const LAST_WRITES = 5000;

/** Squid's log: printed as the audit log, and written to files where there are to be any, each at its own pace. */
export class AccessLog {
  readonly #options: AccessLogOptions;
  readonly #segments: Segments;
  readonly #positions: PositionFile[] = [];
  readonly #audit: AuditLog;
  readonly #files: { name: string; file: LogFile }[];

  constructor(options: AccessLogOptions) {
    const { logDir, auditFd, files, record, log, onMissing } = options;
    this.#options = options;
    this.#segments = new Segments(logDir);
    this.#audit = new AuditLog({
      ...options,
      position: this.#open('audit'),
      print: openOutput(auditFd),
    });
    this.#files = files.map(({ as, format, ...file }) => ({
      name: as,
      file: new LogFile({
        file: new RotatingFile(file),
        format: logFormats[format],
        position: this.#open(as),
        record,
        log,
        onMissing: (segments) => onMissing(as, segments),
      }),
    }));
  }

  /** Until the signal is aborted and all that was written before has been taken. */
  async run(signal: AbortSignal): Promise<void> {
    const files = this.#files.map(({ name, file }) => this.#read(`the log file ${name}`, file, signal));
    await this.#read('the audit log', this.#audit, signal);
    this.#audit.end();
    await Promise.race([Promise.all(files), sleep(this.#options.clock, LAST_WRITES)]);
    await Promise.allSettled(this.#files.map(({ file }) => file.close()));
    for (const position of this.#positions) position.close();
  }

  #read(what: string, reader: AuditLog | LogFile, signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#options;
    return readSegments(
      {
        what,
        segments: this.#segments,
        position: () => reader.position,
        take: (batch) => reader.take(batch),
        onSegment: () => this.#segments.deleteBefore(this.#taken()),
        clock,
        log,
      },
      signal,
    );
  }

  /** What all have taken. A file that is behind by half of what may be kept is not waited for: it would cost lines. */
  #taken(): Position {
    const { segment } = this.#audit.position;
    const patience = Math.floor(this.#options.cap() / 2 / SEGMENT);
    const others = this.#files.map(({ file }) => file.position.segment);
    return {
      segment: Math.min(segment, ...others.filter((other) => segment - other <= patience)),
      offset: 0,
    };
  }

  #open(name: string): PositionFile {
    const position = new PositionFile(join(this.#options.stateDir, `${name}-position.json`));
    this.#positions.push(position);
    return position;
  }
}
