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

const factors: Record<string, number> = {
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
};

/** A Kubernetes quantity in bytes; undefined for what is none, or no whole number of bytes. */
export function parseBytes(quantity: string): number | undefined {
  const [, digits, unit = ''] = /^(\d+)([a-zA-Z]*)$/.exec(quantity) ?? [];
  const factor = factors[unit];
  return digits === undefined || factor === undefined ? undefined : Number(digits) * factor;
}
