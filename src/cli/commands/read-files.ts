import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Invocation, UsageError } from '../command-line/index.ts';
import type { ManifestFile } from '../lint/index.ts';

/** The flag `-f`, as kubectl has it. */
export const filenameFlag = {
  name: 'filename',
  short: 'f',
  value: 'FILE',
  many: true,
  about: 'A file, a folder with all that is below it (.yaml, .yml, .json), or - for stdin. May be repeated.',
} as const;

const MANIFEST = /\.(?:ya?ml|json)$/i;

/** Reads the files of `-f`, and `more` of them. Throws UsageError for one that cannot be read, and if there is none. */
export async function readFiles(
  { io, texts }: Pick<Invocation, 'io' | 'texts'>,
  more: readonly string[] = [],
): Promise<ManifestFile[]> {
  const paths = [...texts('filename'), ...more];
  if (paths.length === 0) throw new UsageError('no file is given: -f FILE');
  const files: ManifestFile[] = [];
  for (const path of paths) {
    if (path === '-') files.push({ path: 'stdin', text: await io.readInput() });
    else
      for (const found of await findFiles(path))
        files.push({ path: found, text: await readFile(found, 'utf8') });
  }
  return files;
}

async function findFiles(path: string): Promise<string[]> {
  try {
    if (!(await stat(path)).isDirectory()) return [path];
    const entries = await readdir(path, { recursive: true });
    return entries
      .filter((entry) => MANIFEST.test(entry))
      .sort()
      .map((entry) => join(path, entry));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new UsageError(code === 'ENOENT' ? `there is no file ${path}` : message);
  }
}
