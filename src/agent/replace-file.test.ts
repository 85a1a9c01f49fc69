import { existsSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { replaceFile, replaceFileSync, writeWhole } from './replace-file.ts';

const oldFile = () => {
  const path = join(mkdtempSync(join(tmpdir(), 'replace-')), 'file');
  writeFileSync(path, 'old');
  return path;
};

const replacements = [
  ['replaceFile', (path: string, text: string) => replaceFile(path, [text.slice(0, 3), text.slice(3)])],
  ['replaceFileSync', async (path: string, text: string) => replaceFileSync(path, text)],
] as const;

describe.each(replacements)('%s', (_, replace) => {
  it('replaces the whole file', async () => {
    const path = oldFile();
    await replace(path, 'new text');
    expect(readFileSync(path, 'utf8')).toBe('new text');
    expect(existsSync(`${path}.new`)).toBe(false);
  });

  it('keeps the old file on a full disk, and says so', async () => {
    const path = oldFile();
    symlinkSync('/dev/full', `${path}.new`);
    await expect(replace(path, 'new text')).rejects.toThrow('ENOSPC');
    expect(readFileSync(path, 'utf8')).toBe('old');
    expect(existsSync(`${path}.new`)).toBe(false);
  });
});

describe('writeWhole', () => {
  /** A file that takes at most `most` bytes a write, and `room` bytes in all. */
  const shortFile = (most: number, room = Number.POSITIVE_INFINITY) => {
    let content = '';
    const write = (bytes: Buffer, at: number) => {
      const bytesWritten = Math.min(most, bytes.length - at, room - content.length);
      content += bytes.toString('utf8', at, at + bytesWritten);
      return Promise.resolve({ bytesWritten, buffer: bytes });
    };
    return { file: { write } as unknown as Parameters<typeof writeWhole>[0], content: () => content };
  };

  it('continues after a short write', async () => {
    const { file, content } = shortFile(3);
    await writeWhole(file, 'one line\nand another\n');
    expect(content()).toBe('one line\nand another\n');
  });

  it('fails when no byte is taken', async () => {
    await expect(writeWhole(shortFile(3, 7).file, 'one line\n')).rejects.toThrow('no more bytes');
  });
});
