import { createReadStream } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { Named } from '../../kube/index.ts';

/** One object that the agent knows, with the kind that it is of. */
export interface SnapshotEntry {
  kind: string;
  object: Named;
}

interface Header {
  version: number;
  /** RFC 3339. */
  savedAt: string;
}

/** Changes with what the agent keeps of an object: a snapshot of another release is not read. */
const VERSION = 1;
/** Entries between two turns of the event loop. */
const AT_ONCE = 500;

/**
 * Writes a snapshot as JSON lines: a header, one line an object, and a last line with their number, so that a part of
 * one is never taken for a whole. The old file stays until the new one is complete.
 */
export async function writeSnapshot(
  path: string,
  savedAt: string,
  entries: Iterable<unknown>,
): Promise<void> {
  const draft = `${path}.new`;
  const file = await open(draft, 'w', 0o600);
  let count = 0;
  try {
    let lines = [JSON.stringify({ version: VERSION, savedAt } satisfies Header)];
    for (const entry of entries) {
      lines.push(JSON.stringify(entry));
      count += 1;
      if (lines.length < AT_ONCE) continue;
      await file.write(`${lines.join('\n')}\n`);
      lines = [];
    }
    await file.write(`${[...lines, JSON.stringify({ count })].join('\n')}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, path);
}

export interface Snapshot<Entry> {
  savedAt: string;
  entries: Entry[];
}

/** Undefined where there is none that is whole and of this release. */
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
