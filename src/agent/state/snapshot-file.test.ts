import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readSnapshot, writeSnapshot } from './snapshot-file.ts';

const SAVED_AT = '2026-11-28T00:00:00Z';

describe('writeSnapshot', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'snapshot-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('rejects what could fill the volume, and leaves the last good snapshot', async () => {
    const path = join(folder, 'snapshot.jsonl');
    const small = [{ name: 'small' }];
    await writeSnapshot(path, SAVED_AT, small, 1000);
    const large = [{ name: 'é€'.repeat(240) }];
    await expect(writeSnapshot(path, SAVED_AT, large, 1000)).rejects.toThrow('spec.limits');
    expect((await readSnapshot(path))?.entries).toEqual(small);
    expect(readdirSync(folder)).toEqual(['snapshot.jsonl']);
    await writeSnapshot(path, SAVED_AT, large, 2000);
    expect((await readSnapshot(path))?.entries).toEqual(large);
  });
});
