/** What this code asks of a logger: pino's call shape, and nothing else of pino. Its `Logger` fits. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** A logger that says nothing. */
export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} };
