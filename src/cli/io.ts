/** What a command reads and writes besides the cluster and its files. */
export interface Io {
  /** Writes to stdout: the result. */
  print: (text: string) => void;
  /** Writes to stderr: notes and errors. */
  note: (text: string) => void;
  /** All of stdin. */
  readInput: () => Promise<string>;
  /** Whether stdout may have colours: it is a terminal, and NO_COLOR is not set. */
  colors: boolean;
  /** Milliseconds since the epoch. */
  now: () => number;
  /**
   * The signal that SIGINT, SIGTERM and SIGHUP abort. A command that asks for it ends by itself, after it has cleaned up; any
   * other is ended.
   */
  interrupted: () => AbortSignal;
}
