import { type FileHandle, mkdir, open, readdir, rename, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';

export interface RotatingFileOptions {
  folder: string;
  /** The file is `<name>.log`; earlier files are `<name>.log.1` and higher, the highest number the newest. */
  name: string;
  /** Bytes of one file. */
  fileSize: number;
  /** Bytes of all log files in the folder, including those of other writers. */
  maxSize: number;
}

/** A log file of this proxy pod or of another one that shares the folder. */
const LOG_FILE = /\.log(?:\.(\d+))?$/;
/** Milliseconds since its last change for which a current file counts as written by another pod. */
const IN_USE_FOR = 3_600_000;

/** A file that is appended to and rotated when it is full; rotation deletes the oldest files beyond `maxSize`. */
export class RotatingFile {
  readonly #options: RotatingFileOptions;
  #file: FileHandle | undefined;
  #size = 0;

  constructor(options: RotatingFileOptions) {
    this.#options = options;
  }

  /** Bytes of the current file. */
  get size(): number {
    return this.#size;
  }

  /** Whether `more` bytes have to go to a new file. */
  isFull(more: number): boolean {
    return this.#size > 0 && this.#size + more > this.#options.fileSize;
  }

  /** Opens the file, and truncates it to `size` if it is longer. */
  async open(size?: number): Promise<void> {
    const { folder } = this.#options;
    await mkdir(folder, { recursive: true });
    this.#file = await open(this.#path(), 'a', 0o640);
    this.#size = (await this.#file.stat()).size;
    if (size === undefined || size >= this.#size) return;
    await this.#file.truncate(size);
    this.#size = size;
  }

  /** Appends the whole text or, throwing, nothing. Creates the file again if it was deleted. */
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

  /** Deletes the oldest files until a full current file fits into `maxSize`. */
  async #prune(): Promise<void> {
    const { fileSize, maxSize } = this.#options;
    const files = await this.#otherFiles();
    let held = files.reduce((sum, { size }) => sum + size, 0);
    for (const { path, size } of files.filter(({ inUse }) => !inUse)) {
      if (held <= maxSize - fileSize) return;
      await unlink(path).catch(ignoreMissing);
      held -= size;
    }
  }

  /** Oldest first. */
  async #otherFiles() {
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
  return { path, size, mtimeMs, inUse: path.endsWith('.log') && Date.now() - mtimeMs < IN_USE_FOR };
}

/** Another pod may have deleted the file first. */
function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
