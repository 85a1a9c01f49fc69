/**
 * Fails if a binary below a folder is of another architecture.
 *
 *   node scripts/build/release/find-foreign-binaries.ts FOLDER amd64|arm64
 */
import { closeSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';

/** e_machine of the ELF header. */
const MACHINES: Record<string, number> = { amd64: 0x3e, arm64: 0xb7 };

/** @returns the e_machine of a file; undefined if it is no ELF file. */
export function machineOf(file: string): number | undefined {
  const header = Buffer.alloc(20);
  const descriptor = openSync(file, 'r');
  try {
    if (readSync(descriptor, header) < header.length) return undefined;
  } finally {
    closeSync(descriptor);
  }
  return header.readUInt32BE(0) === 0x7f454c46 ? header.readUInt16LE(18) : undefined;
}

export interface Binaries {
  /** Number of ELF files. */
  count: number;
  /** Paths of those for another machine. */
  foreign: string[];
}

/** Does not enter symbolic links, which in an image are to folders of this machine; readdir's `recursive` does. */
function* filesBelow(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesBelow(path);
    else if (entry.isFile()) yield path;
  }
}

/** Searches a folder with all folders below it. */
export function findForeignBinaries(folder: string, architecture: string): Binaries {
  const wanted = MACHINES[architecture];
  if (wanted === undefined) throw new Error(`architecture must be amd64 or arm64, not ${architecture}`);
  const found: Binaries = { count: 0, foreign: [] };
  for (const path of filesBelow(folder)) {
    const machine = machineOf(path);
    if (machine === undefined) continue;
    found.count++;
    if (machine !== wanted) found.foreign.push(path);
  }
  return found;
}

if (import.meta.main) {
  const [folder = '', architecture = ''] = process.argv.slice(2);
  const { count, foreign } = findForeignBinaries(folder, architecture);
  if (count === 0 || foreign.length > 0) {
    process.stderr.write(
      `${folder} has ${count} binaries; not for ${architecture}: ${foreign.join(', ') || 'none'}\n`,
    );
    process.exit(1);
  }
  process.stdout.write(`${count} binaries, all for ${architecture}\n`);
}
