import { closeSync, openSync, renameSync, writeSync } from 'node:fs';

/**
 * The version of what the agent knows, where the relay sees it (src/relay/version-file.h): a file of eight bytes that the
 * relay maps into its memory. A write is seen by the relay's next look, so an answer that is out of date is not given
 * again from the moment in which this returns.
 */
export class VersionFile {
  readonly #fd: number;
  readonly #bytes = Buffer.alloc(8);

  /** A new file instead of an earlier agent's: whoever has that mapped keeps what it said. */
  constructor(path: string, version: number) {
    const unfinished = `${path}.new`;
    this.#fd = openSync(unfinished, 'w', 0o640);
    this.write(version);
    renameSync(unfinished, path);
  }

  write(version: number): void {
    this.#bytes.writeBigUInt64LE(BigInt(version));
    writeSync(this.#fd, this.#bytes, 0, this.#bytes.length, 0);
  }

  close(): void {
    closeSync(this.#fd);
  }
}

/** Where the relay looks for it. */
export function versionPath(socketPath: string): string {
  return `${socketPath}.version`;
}
