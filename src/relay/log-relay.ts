import type { Readable } from 'node:stream';
import { LineSplitter } from './line-splitter.ts';
import { type LogCommand, parseLogCommand } from './log-command.ts';
import type { SegmentLog } from './segment-log.ts';

export interface LogRelayOptions {
  /** Squid's commands; their end is the end of the relay. */
  commands: Readable;
  log: SegmentLog;
  /** For people; goes to Squid's cache log. */
  warn: (message: string) => void;
}

/** Milliseconds. */
const TICK = 1000;

/** Squid's log daemon. Resolves when Squid closes its end, with everything written. */
export function relayLog({ commands, log, warn }: LogRelayOptions): Promise<void> {
  const splitter = new LineSplitter();
  const batch: string[] = [];
  const flush = () => log.append(batch.splice(0));
  const obey = (command: LogCommand) => {
    if (command.kind === 'append') batch.push(command.line);
    else if (command.kind === 'unknown') warn(`unknown log command ${JSON.stringify(command.text)}`);
    else if (command.kind === 'rotate') {
      flush();
      log.seal();
    }
  };
  const ticking = setInterval(() => log.tick(), TICK);
  commands.setEncoding('latin1').on('data', (chunk: string) => {
    for (const text of splitter.push(chunk)) obey(parseLogCommand(text));
    flush();
  });
  return new Promise((resolve) => {
    const end = () => {
      clearInterval(ticking);
      log.tick();
      resolve();
    };
    commands.once('end', end).once('error', end);
  });
}
