import { destination as fileDestination, type Logger, pino } from 'pino';

export const logLevels = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof logLevels)[number];

export interface LoggerOptions {
  /** Field of every line. */
  component: string;
  level?: LogLevel;
  /** Default stderr: an agent writes its audit log to stdout. */
  destination?: 'stdout' | 'stderr' | { write(line: string): void };
}

/** Writes JSON lines with `level` as a word and `time` in ISO 8601. Writes are synchronous, so an exit loses none. */
export function createLogger({ component, level = 'info', destination = 'stderr' }: LoggerOptions): Logger {
  const stream =
    typeof destination === 'object'
      ? destination
      : fileDestination({ fd: destination === 'stdout' ? 1 : 2, sync: true });
  return pino(
    {
      level,
      base: { component },
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (word) => ({ level: word }) },
      serializers: { err: pino.stdSerializers.err },
    },
    stream,
  );
}
