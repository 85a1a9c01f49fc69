import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';

/**
 * Replaces a file by the chunks in one step: until all of them are on the disk, the old file stays. A full disk, which
 * shows as an error or as a write of fewer bytes, leaves the old file and nothing else.
 */
export async function replaceFile(path: string, chunks: Iterable<string | Uint8Array>): Promise<void> {
  const unfinished = `${path}.new`;
  try {
    const file = await open(unfinished, 'w', 0o600);
    try {
      for (const chunk of chunks) await writeWhole(file, chunk);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}

/** As replaceFile, for a short text. */
export function replaceFileSync(path: string, text: string): void {
  const unfinished = `${path}.new`;
  try {
    const fd = openSync(unfinished, 'w');
    try {
      writeWholeSync(fd, Buffer.from(text), 0);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(unfinished, path);
  } catch (error) {
    rmSync(unfinished, { force: true });
    throw error;
  }
}

/** Writes the whole content; one write may take fewer bytes than it was given. */
export async function writeWhole(
  file: Pick<FileHandle, 'write'>,
  content: string | Uint8Array,
): Promise<void> {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  for (let at = 0; at < bytes.length; ) {
    at += expectProgress((await file.write(bytes, at)).bytesWritten);
  }
}

/** Writes all bytes at a position of the file. */
export function writeWholeSync(fd: number, bytes: Buffer, position: number): void {
  for (let at = 0; at < bytes.length; ) {
    at += expectProgress(writeSync(fd, bytes, at, bytes.length - at, position + at));
  }
}

function expectProgress(bytesWritten: number): number {
  if (bytesWritten === 0) throw new Error('the disk takes no more bytes');
  return bytesWritten;
}
