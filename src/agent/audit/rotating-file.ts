import { type FileHandle, mkdir, open, readdir, rename, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';

export interface RotatingFileOptions {
  folder: string;
  /** `<name>.log` is written to; `<name>.log.1` and higher are what it was before, the highest number the newest. */
  name: string;
  /** Bytes of one file. */
  fileSize: number;
  /** Bytes of all log files in the folder, also those of other writers. */
  maxSize: number;
}

/** A log file of ours or of another proxy pod that shares the folder. */
const LOG_FILE = /\.log(?:\.(\d+))?$/;
/** Milliseconds: a file that another pod may still write to is newer. */
const IN_USE = 3_600_000;

/** A file that is appended to and, when full, put aside; the oldest files of the folder go when there is too much. */
export class RotatingFile {
  readonly #options: RotatingFileOptions;
  #file: FileHandle | undefined;
  #size = 0;

  constructor(options: RotatingFileOptions) {
    this.#options = options;
  }

  /** Bytes in the file that is written to. */
  get size(): number {
    return this.#size;
  }

  /** Whether so many bytes more belong into the next file. */
  isFull(more: number): boolean {
    return this.#size > 0 && this.#size + more > this.#options.fileSize;
  }

  /** `size`: what is known to have been written; the rest is cut off, since it will be written again. */
  async open(size?: number): Promise<void> {
    const { folder } = this.#options;
    await mkdir(folder, { recursive: true });
    this.#file = await open(this.#path(), 'a', 0o640);
    this.#size = (await this.#file.stat()).size;
    if (size === undefined || size >= this.#size) return;
    await this.#file.truncate(size);
    this.#size = size;
  }

  /** All of it or, with an exception, nothing. A file that somebody took away is made again. */
  async append(text: string): Promise<void> {
    const file = await this.#current();
    const bytes = Buffer.from(text);
    try {
      await file.appendFile(bytes);
    } catch (error) {
      await file.truncate(this.#size);
      throw error;
    }
    this.#size += bytes.length;
  }

  async rotate(): Promise<void> {
    const { folder, name } = this.#options;
    const numbers = (await readdir(folder))
      .filter((file) => file.startsWith(`${name}.log.`))
      .map((file) => Number(LOG_FILE.exec(file)?.[1] ?? 0));
    await this.close();
    await rename(this.#path(), `${this.#path()}.${Math.max(0, ...numbers) + 1}`);
    await this.open();
    await this.#prune();
  }

  async close(): Promise<void> {
    await this.#file?.close();
    this.#file = undefined;
  }

  async #current(): Promise<FileHandle> {
    if (this.#file !== undefined && (await this.#file.stat()).nlink > 0) return this.#file;
    await this.close();
    await this.open();
    if (this.#file === undefined) throw new Error(`${this.#path()} could not be opened`);
    return this.#file;
  }

  /** Leaves room for the file that has just been begun. */
  async #prune(): Promise<void> {
    const { fileSize, maxSize } = this.#options;
    const files = await this.#others();
    let held = files.reduce((sum, { size }) => sum + size, 0);
    for (const { path, size } of files.filter(({ inUse }) => !inUse)) {
      if (held <= maxSize - fileSize) return;
      await unlink(path).catch(ignoreMissing);
      held -= size;
    }
  }

  /** Oldest first. */
  async #others() {
    const { folder } = this.#options;
    const names = (await readdir(folder)).filter((file) => LOG_FILE.test(file));
    const files = await Promise.all(names.map((file) => describe(join(folder, file))));
    return files
      .filter((file) => file !== undefined)
      .filter(({ path }) => path !== this.#path())
      .sort((a, b) => a.mtimeMs - b.mtimeMs);
  }

  #path(): string {
    return join(this.#options.folder, `${this.#options.name}.log`);
  }
}

async function describe(path: string) {
  const found = await stat(path).catch(ignoreMissing);
  if (found === undefined) return undefined;
  const { size, mtimeMs } = found;
  return { path, size, mtimeMs, inUse: path.endsWith('.log') && Date.now() - mtimeMs < IN_USE };
}

/** Another pod may have been quicker. */
function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
