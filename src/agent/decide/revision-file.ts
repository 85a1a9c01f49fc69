import { closeSync, openSync, renameSync } from 'node:fs';
import { writeWholeSync } from '../replace-file.ts';

/**
 * The revision of the policy state, for the relay (src/relay/revision-file.h): a file of eight bytes that the relay
 * maps into its memory. Once a write has returned, the relay sees it and reuses no answer of an earlier revision. The
 * constructor throws on a full disk; later writes replace the same eight bytes and need no room.
 */
export class RevisionFile {
  readonly #fd: number;
  readonly #bytes = Buffer.alloc(8);

  /** Replaces the file of an earlier agent; a relay that still maps that file keeps reading its last revision. */
  constructor(path: string, revision: number) {
    const unfinished = `${path}.new`;
    this.#fd = openSync(unfinished, 'w', 0o640);
    this.write(revision);
    renameSync(unfinished, path);
  }

  write(revision: number): void {
    this.#bytes.writeBigUInt64LE(BigInt(revision));
    writeWholeSync(this.#fd, this.#bytes, 0);
  }

  close(): void {
    closeSync(this.#fd);
  }
}

/** Path of the revision file, which the relay derives in the same way. */
export function revisionPath(socketPath: string): string {
  return `${socketPath}.revision`;
}
