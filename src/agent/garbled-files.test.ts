import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { silentLog } from '../telemetry/index.ts';
import { type Checkpoint, PositionFile } from './audit/position-file.ts';
import { NamesFile } from './dns/names-file.ts';
import { readSnapshot, writeSnapshot } from './state/index.ts';

/** A file of the state volume that the next run of the agent reads. */
interface StateFile {
  write(path: string): Promise<void>;
  read(path: string): Promise<unknown>;
  written: unknown;
  /** What is read of a file without content. */
  nothing: unknown;
}

const entries = [
  { kind: 'egressRuleSets', object: { metadata: { name: 'a' }, spec: { targets: ['a.example.com:443'] } } },
  { kind: 'clusterEgressRuleSets', object: { metadata: { name: 'b' }, spec: { action: 'Deny' } } },
];
const failed = (error: unknown) => {
  throw error;
};

const files: Record<string, StateFile> = {
  'snapshot.jsonl, open-tunnels.jsonl and open-requests.jsonl': {
    write: (path) => writeSnapshot(path, '2026-01-01T00:00:00Z', entries),
    read: async (path) => (await readSnapshot(path))?.entries,
    written: entries,
    nothing: undefined,
  },
  'audit-position.json, log-file-position.json and goaccess-position.json': {
    write: async (path) =>
      new PositionFile(path, failed).advance({ segment: 71, offset: 1234, size: 99, cuttable: true }),
    read: async (path) => new PositionFile(path, failed).position,
    written: { segment: 71, offset: 1234, size: 99, cuttable: true } satisfies Checkpoint,
    nothing: { segment: 0, offset: 0 } satisfies Checkpoint,
  },
};

type Garble = (bytes: Buffer) => Buffer;
const cut = fc.nat(2000).map(
  (length): Garble =>
    (bytes) =>
      bytes.subarray(0, length % (bytes.length + 1)),
);
const altered = fc.tuple(fc.nat(2000), fc.integer({ min: 1, max: 255 })).map(
  ([at, bits]): Garble =>
    (bytes) => {
      const changed = Buffer.from(bytes);
      changed[at % bytes.length] = (changed[at % bytes.length] ?? 0) ^ bits;
      return changed;
    },
);
const zeroed = fc.nat(2000).map(
  (from): Garble =>
    (bytes) =>
      Buffer.from(bytes).fill(0, from % bytes.length),
);
const garble = fc.oneof(
  cut,
  altered,
  zeroed,
  fc.uint8Array().map(
    (noise): Garble =>
      () =>
        Buffer.from(noise),
  ),
);

describe.each(Object.entries(files))('%s', (_, { write, read, written, nothing }) => {
  test('truncated or altered, has what was written or nothing, and never a part', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'garbled-')), 'file');
    await write(path);
    const whole = readFileSync(path);
    expect(await read(path)).toEqual(written);
    await fc.assert(
      fc.asyncProperty(garble, async (change) => {
        writeFileSync(path, change(whole));
        expect([written, nothing]).toContainEqual(await read(path));
      }),
      { numRuns: 300 },
    );
  });
});

test('a position without its checksum is not believed', () => {
  const path = join(mkdtempSync(join(tmpdir(), 'garbled-')), 'file');
  writeFileSync(path, JSON.stringify({ segment: 71, offset: 1234 }));
  expect(new PositionFile(path, failed).position).toEqual({ segment: 0, offset: 0 });
});

describe('known-names', () => {
  test('truncated or altered, has no more names than were written, and is read without an error', () => {
    const path = join(mkdtempSync(join(tmpdir(), 'garbled-')), 'known-names');
    const file = new NamesFile(path, () => 0, silentLog);
    for (const name of ['a.example.com', 'b.example.com']) file.append({ name, until: 1000 });
    const whole = readFileSync(path);
    fc.assert(
      fc.property(garble, (change) => {
        writeFileSync(path, change(whole));
        expect(new NamesFile(path, () => 0, silentLog).read().length).toBeLessThanOrEqual(2);
      }),
    );
  });
});
