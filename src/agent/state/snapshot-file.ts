import { createReadStream } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { Named } from '../../kube/index.ts';

/** An object of the policy state and its kind, as a key of Sources. */
export interface SnapshotEntry {
  kind: string;
  object: Named;
}

interface Header {
  version: number;
  /** RFC 3339. */
  savedAt: string;
}

/** Version of the format. It changes with the fields that are cached of an object; another version is not read. */
const VERSION = 2;
/** Entries in one write, so that the event loop is not blocked for long. */
const BATCH = 500;

/**
 * Writes a snapshot as JSON lines: a header, one line per object, and a last line with their number, by which a
 * truncated file is recognized. The old file stays until the new one is complete.
 */
export async function writeSnapshot(
  path: string,
  savedAt: string,
  entries: Iterable<unknown>,
): Promise<void> {
  const unfinished = `${path}.new`;
  const file = await open(unfinished, 'w', 0o600);
  let count = 0;
  try {
    let lines = [JSON.stringify({ version: VERSION, savedAt } satisfies Header)];
    for (const entry of entries) {
      lines.push(JSON.stringify(entry));
      count += 1;
      if (lines.length < BATCH) continue;
      await file.write(`${lines.join('\n')}\n`);
      lines = [];
    }
    await file.write(`${[...lines, JSON.stringify({ count })].join('\n')}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(unfinished, path);
}

export interface Snapshot<Entry> {
  savedAt: string;
  entries: Entry[];
}

/** Undefined if the file is missing, truncated, or of another version. */
export async function readSnapshot<Entry>(path: string): Promise<Snapshot<Entry> | undefined> {
  try {
    const lines: unknown[] = [];
    const input = createReadStream(path, 'utf8');
    for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY }))
      lines.push(JSON.parse(line));
    const header = lines.shift() as Header | undefined;
    const { count } = (lines.pop() ?? {}) as { count?: number };
    if (header?.version !== VERSION || count !== lines.length) return undefined;
    return { savedAt: header.savedAt, entries: lines as Entry[] };
  } catch {
    return undefined;
  }
}
