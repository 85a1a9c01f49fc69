/** Cuts a byte stream into lines; what comes behind the last line end waits for the next chunk. */
export class LineSplitter {
  #rest = '';

  /** The lines that this chunk completes, without their ends. */
  push(chunk: string): string[] {
    const lines = (this.#rest + chunk).split('\n');
    this.#rest = lines.pop() ?? '';
    return lines;
  }

  /** Forgets an unfinished line: its stream has ended. */
  reset(): void {
    this.#rest = '';
  }
}
