import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { crc32 } from 'node:zlib';
import type { Named } from '../../kube/index.ts';
import { SNAPSHOT_BYTES } from '../../proxy/index.ts';
import { replaceFile } from '../replace-file.ts';

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

/** What is known of the lines before it. */
interface Footer {
  count: number;
  crc32: number;
}

/** Version of the format. It changes with the fields that are cached of an object; another version is not read. */
const VERSION = 5;
/** Entries in one write, so that the event loop is not blocked for long. */
const BATCH = 500;
/** Characters in one write, beyond which it is made with fewer entries: a millisecond of the event loop's time. */
const BATCH_LENGTH = 1 << 16;

/**
 * Writes a snapshot as JSON lines: a header, one line per object, and a last line with their number and checksum, by which a
 * truncated or altered file is recognized. The old file stays until the new one is complete and on the disk. Rejects what is larger
 * than `limit` bytes, since the kubelet evicts a pod whose volume is full.
 */
export function writeSnapshot(
  path: string,
  savedAt: string,
  entries: Iterable<unknown>,
  limit = SNAPSHOT_BYTES,
): Promise<void> {
  return replaceFile(path, limited(batches(savedAt, entries), limit));
}

function* limited(chunks: Iterable<Buffer>, limit: number): Generator<Buffer> {
  let bytes = 0;
  for (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > limit)
      throw new Error(`the policy state is larger than ${limit} bytes: lower the quotas in spec.limits`);
    yield chunk;
  }
}

function* batches(savedAt: string, entries: Iterable<unknown>): Generator<Buffer> {
  let lines = [JSON.stringify({ version: VERSION, savedAt } satisfies Header)];
  let length = 0;
  let count = 0;
  let sum = 0;
  for (const entry of entries) {
    const line = JSON.stringify(entry);
    lines.push(line);
    length += line.length;
    count += 1;
    if (lines.length < BATCH && length < BATCH_LENGTH) continue;
    const batch = joined(lines);
    sum = crc32(batch, sum);
    yield batch;
    lines = [];
    length = 0;
  }
  const rest = joined(lines);
  yield rest;
  yield joined([JSON.stringify({ count, crc32: crc32(rest, sum) } satisfies Footer)]);
}

const joined = (lines: readonly string[]): Buffer => Buffer.from(lines.map((line) => `${line}\n`).join(''));

export interface Snapshot<Entry> {
  savedAt: string;
  entries: Entry[];
}

/** Undefined if the file is missing, truncated, altered, or of another version. */
export async function readSnapshot<Entry>(path: string): Promise<Snapshot<Entry> | undefined> {
  try {
    const lines: unknown[] = [];
    let sum = 0;
    let last = '';
    const input = createReadStream(path, 'utf8');
    for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      if (lines.length > 0) sum = crc32(`${last}\n`, sum);
      lines.push(JSON.parse(line));
      last = line;
    }
    const header = lines.shift() as Header | undefined;
    const footer = lines.pop() as Footer | undefined;
    if (header?.version !== VERSION || footer?.count !== lines.length || footer.crc32 !== sum)
      return undefined;
    return { savedAt: header.savedAt, entries: lines as Entry[] };
  } catch {
    return undefined;
  }
}
