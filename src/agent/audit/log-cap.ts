import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The log relay reads it: the most bytes that all segments together may have. */
const CAP_FILE = 'max-bytes';

/** Tells the log relay how much it may keep for an agent that is late. */
export function writeLogCap(folder: string, bytes: number): void {
  const path = join(folder, CAP_FILE);
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${path}.new`, `${bytes}\n`);
  renameSync(`${path}.new`, path);
}
