import { type FileHandle, open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { type Clock, sleep } from '../time/index.ts';

/** A file that the agent writes (src/agent/audit/log-file-settings.ts); the file without a number is the newest. */
const FEED_FILE = /^feed\.log(?:\.(\d+))?$/;
/** Milliseconds between two reads while there is nothing new. */
const POLL = 250;
const CHUNK = 64 << 10;

/** Yields the content of the feed's files from the oldest on, and then new lines, until the signal is aborted. */
export async function* followFeed(folder: string, clock: Clock, signal: AbortSignal): AsyncGenerator<Buffer> {
  let last: number | undefined;
  while (!signal.aborted) {
    const next = after(last, await settledFiles(folder));
    if (next === undefined) {
      await sleep(clock, POLL, signal);
      continue;
    }
    if (yield* readFile(next, folder, clock, signal)) last = next.inode;
  }
}

interface FeedFile {
  path: string;
  inode: number;
}

/**
 * Lists the files, oldest first. Lists until two results agree, since a file that is renamed meanwhile can be missing.
 */
async function settledFiles(folder: string): Promise<FeedFile[]> {
  for (let before = await listFiles(folder); ; ) {
    const now = await listFiles(folder);
    if (isDeepStrictEqual(now, before)) return now;
    before = now;
  }
}

async function listFiles(folder: string): Promise<FeedFile[]> {
  const names = await readdir(folder).catch(() => []);
  const numbered = names.flatMap((name) => {
    const match = FEED_FILE.exec(name);
    return match === null ? [] : [{ path: join(folder, name), number: Number(match[1] ?? Infinity) }];
  });
  const sorted = numbered.toSorted((a, b) => a.number - b.number);
  const files = await Promise.all(sorted.map(({ path }) => identify(path)));
  return files.filter((file) => file !== undefined);
}

async function identify(path: string): Promise<FeedFile | undefined> {
  const found = await stat(path).catch(() => undefined);
  return found && { path, inode: found.ino };
}

/** The file after the one that was read last; the oldest if that one was deleted. */
function after(last: number | undefined, files: readonly FeedFile[]): FeedFile | undefined {
  return files[files.findIndex(({ inode }) => inode === last) + 1];
}

/**
 * Yields a whole file, and new lines of the newest one until it is rotated. Returns false if the path belongs to
 * another file by now.
 */
async function* readFile(
  file: FeedFile,
  folder: string,
  clock: Clock,
  signal: AbortSignal,
): AsyncGenerator<Buffer, boolean> {
  const handle = await open(file.path).catch(() => undefined);
  if (handle === undefined) return false;
  try {
    if ((await handle.stat()).ino !== file.inode) return false;
    yield* readOn(handle, () => hasSuccessor(file, folder), clock, signal);
    return true;
  } finally {
    await handle.close();
  }
}

async function* readOn(
  handle: FileHandle,
  isComplete: () => Promise<boolean>,
  clock: Clock,
  signal: AbortSignal,
) {
  let offset = 0;
  let complete = false;
  while (!signal.aborted) {
    const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(CHUNK), 0, CHUNK, offset);
    offset += bytesRead;
    if (bytesRead > 0) yield buffer.subarray(0, bytesRead);
    // The file is read once more after it was found complete.
    else if (complete) return;
    else {
      complete = await isComplete();
      if (!complete) await sleep(clock, POLL, signal);
    }
  }
}

async function hasSuccessor({ inode }: FeedFile, folder: string): Promise<boolean> {
  return after(inode, await settledFiles(folder)) !== undefined;
}
