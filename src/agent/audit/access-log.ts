import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { AuditRecord } from '../../api/index.ts';
import { AGENT_LAST_WRITES_MS, SEGMENT_BYTES } from '../../proxy/timing.ts';
import type { Log } from '../../telemetry/index.ts';
import { type Clock, sleep } from '../../time/index.ts';
import { parseAccessLine } from './access-line.ts';
import { AuditLog, type AuditLogOptions } from './audit-log.ts';
import type { AuditLine, AuditRecordOptions } from './audit-record.ts';
import { LogFile } from './log-file.ts';
import { type LogFormatName, logFormats } from './log-formats.ts';
import { openOutput } from './output.ts';
import { PositionFile } from './position-file.ts';
import { RotatingFile, type RotatingFileOptions } from './rotating-file.ts';
import { readSegments } from './segment-reader.ts';
import { type Batch, type Position, Segments } from './segments.ts';

export interface LogFileSettings extends RotatingFileOptions {
  /** Name in logs and metrics, and of the position file. */
  id: string;
  format: LogFormatName;
}

export interface AccessLogOptions {
  /** Folder of the segments. */
  logDir: string;
  /** Folder of the position files. */
  stateDir: string;
  auditFd: number;
  files: readonly LogFileSettings[];
  record: () => AuditRecordOptions;
  /** Bytes that all segments may have; beyond them the log relay loses lines. */
  cap: () => number;
  clock: Clock;
  log: Log;
  onPrinted: (lines: readonly AuditLine[]) => void;
  interrupted: AuditLogOptions['interrupted'];
  /** The records to print besides, as soon as all of Squid's lines are printed. */
  due: () => Promise<readonly AuditRecord[]>;
  /** The records that are left when the agent ends. */
  left: () => readonly AuditRecord[];
  saveOpen: AuditLogOptions['saveOpen'];
  /** Whether Squid has ended, when the agent ends. */
  squidHasEnded: () => boolean;
  onLost: (lines: number) => void;
  /** Called with a number of segments that are missing in a file. */
  onMissing: (file: string, segments: number) => void;
  /** Called when a position file could not be written. */
  onUnwritten: (file: string) => void;
}

/** Prints Squid's log as the audit log and writes it to the configured files, each at its own pace. */
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
    this.#files = files.map(({ id, format, ...file }) => ({
      name: id,
      file: new LogFile({
        file: new RotatingFile(file),
        format: logFormats[format],
        position: this.#open(id),
        record,
        log,
        onMissing: (segments) => onMissing(id, segments),
      }),
    }));
  }

  /** Runs until the signal is aborted and every line written before has been printed. */
  async run(signal: AbortSignal): Promise<void> {
    const files = this.#files.map(({ name, file }) => this.#read(`the log file ${name}`, file, signal));
    await this.#read('the audit log', this.#audit, signal, async () =>
      this.#audit.append(await this.#options.due()),
    );
    await this.#endWithSquid();
    await this.#audit.append(this.#options.left());
    this.#audit.end();
    await Promise.race([Promise.all(files), sleep(this.#options.clock, AGENT_LAST_WRITES_MS)]);
    await Promise.allSettled(this.#files.map(({ file }) => file.close()));
    for (const position of this.#positions) position.close();
  }

  /** Identifiers of the printed lines whose segments are not deleted yet. */
  async printedIds(): Promise<Set<string>> {
    const ids = new Set<string>();
    const printed = this.#audit.position;
    let batch = await this.#segments.read({ segment: 0, offset: 0 });
    while (batch !== undefined && batch.from.segment <= printed.segment) {
      for (const text of linesBefore(printed, batch)) ids.add(parseAccessLine(text)?.id ?? '');
      batch = await this.#segments.read(batch.next);
    }
    return ids;
  }

  /** No Squid will start beside this agent again: a pod that is deleted ends Squid first, and then the agent. */
  async #endWithSquid(): Promise<void> {
    const { squidHasEnded, interrupted, saveOpen } = this.#options;
    if (squidHasEnded()) await this.#audit.append(interrupted(Number.POSITIVE_INFINITY));
    await saveOpen();
  }

  #read(
    name: string,
    reader: AuditLog | LogFile,
    signal: AbortSignal,
    onCaughtUp?: () => Promise<void>,
  ): Promise<void> {
    const { clock, log } = this.#options;
    return readSegments(
      {
        name,
        segments: this.#segments,
        position: () => reader.position,
        take: async (batch) => {
          // The gate reports a tunnel before Squid logs it: what its socket has is read first.
          await setImmediate();
          await reader.take(batch);
        },
        onSegment: async () => {
          // The next run finds the ends of requests in the segments or, by then, in the file.
          await this.#options.saveOpen();
          await this.#segments.deleteBefore(this.#lowestNeeded());
        },
        ...(onCaughtUp && { onCaughtUp }),
        clock,
        log,
      },
      signal,
    );
  }

  /**
   * The first segment that a reader still needs. A file whose lag is more than half the cap is ignored, since keeping
   * its segments would make the relay lose lines.
   */
  #lowestNeeded(): Position {
    const { segment } = this.#audit.position;
    const longestLag = Math.floor(this.#options.cap() / 2 / SEGMENT_BYTES);
    const others = this.#files.map(({ file }) => file.position.segment);
    return {
      segment: Math.min(segment, ...others.filter((other) => segment - other <= longestLag)),
      offset: 0,
    };
  }

  #open(name: string): PositionFile {
    const { stateDir, log, onUnwritten } = this.#options;
    const file = `${name}-position`;
    const position = new PositionFile(join(stateDir, `${file}.json`), (err) => {
      log.warn({ err, file }, 'a position could not be written: a kill now would repeat log lines');
      onUnwritten(file);
    });
    this.#positions.push(position);
    return position;
  }
}

function linesBefore({ segment, offset }: Position, { lines, from }: Batch): readonly string[] {
  if (from.segment < segment) return lines;
  let end = from.offset;
  const after = lines.findIndex((text) => {
    end += text.length + 1;
    return end > offset;
  });
  return after < 0 ? lines : lines.slice(0, after);
}
