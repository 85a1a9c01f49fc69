import { destination as fileDestination, type Logger, pino } from 'pino';

export const logLevels = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof logLevels)[number];

export interface LoggerOptions {
  /** Stands in every line. */
  part: string;
  level?: LogLevel;
  /** Default stderr: an agent's stdout belongs to the audit log. */
  destination?: 'stdout' | 'stderr' | { write(line: string): void };
}

/** JSON lines with `level` as a word and `time` in ISO 8601. Written synchronously, so that none is lost at the end. */
export function createLogger({ part, level = 'info', destination = 'stderr' }: LoggerOptions): Logger {
  const stream =
    typeof destination === 'object'
      ? destination
      : fileDestination({ fd: destination === 'stdout' ? 1 : 2, sync: true });
  return pino(
    {
      level,
      base: { part },
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (word) => ({ level: word }) },
      serializers: { err: pino.stdSerializers.err },
    },
    stream,
  );
}
