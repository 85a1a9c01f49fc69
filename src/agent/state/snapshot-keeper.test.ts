import { mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { silentLog } from '../../telemetry/index.ts';
import { systemClock } from '../../time/index.ts';
import { ruleSetOf } from './policy-state.fixture.ts';
import { readSnapshot, writeSnapshot } from './snapshot-file.ts';
import { SnapshotKeeper } from './snapshot-keeper.ts';

describe('snapshots', () => {
  const path = () => join(mkdtempSync(join(tmpdir(), 'snapshot-')), 'snapshot.jsonl');
  const entries = [{ kind: 'egressRuleSets', object: ruleSetOf('a') }];

  it('are read as they were written', async () => {
    const file = path();
    await writeSnapshot(file, '2026-01-01T00:00:00Z', entries);
    expect(await readSnapshot(file)).toEqual({ savedAt: '2026-01-01T00:00:00Z', entries });
  });

  it.each([
    ['cut off', (text: string) => text.split('\n').slice(0, -2).join('\n')],
    ['of another version', (text: string) => text.replace('"version":5', '"version":0')],
    ['no JSON', () => 'x'],
    ['empty', () => ''],
  ])('are ignored if they are %s', async (_, spoil) => {
    const file = path();
    await writeSnapshot(file, '2026-01-01T00:00:00Z', entries);
    writeFileSync(file, spoil(readFileSync(file, 'utf8')));
    expect(await readSnapshot(file)).toBeUndefined();
  });

  it('stay as they were when the disk is full', async () => {
    const file = path();
    await writeSnapshot(file, '2026-01-01T00:00:00Z', entries);
    symlinkSync('/dev/full', `${file}.new`);
    await expect(writeSnapshot(file, '2026-01-02T00:00:00Z', [])).rejects.toThrow('ENOSPC');
    expect(await readSnapshot(file)).toEqual({ savedAt: '2026-01-01T00:00:00Z', entries });
  });

  it('are written once for many changes', async () => {
    let gathered = 0;
    const file = path();
    const keeper = new SnapshotKeeper({
      path: file,
      entries: () => {
        gathered += 1;
        return entries;
      },
      clock: systemClock,
      log: silentLog,
      onFailed: expect.fail,
      delayMs: 60_000,
    });
    for (let changes = 0; changes < 10; changes += 1) keeper.changed();
    await keeper.flush();
    await keeper.flush();
    expect(gathered).toBe(1);
    expect((await readSnapshot(file))?.entries).toEqual(entries);
  });
});
