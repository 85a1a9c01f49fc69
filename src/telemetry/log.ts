/** The part of pino's Logger that this code uses. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** A logger that writes nothing. */
export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} };
