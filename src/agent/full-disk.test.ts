import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { silentLog } from '../telemetry/index.ts';
import { systemClock } from '../time/index.ts';
import { PositionFile } from './audit/position-file.ts';
import { RevisionFile } from './decide/index.ts';
import { NamesFile } from './dns/names-file.ts';
import { readSnapshot, SnapshotKeeper } from './state/index.ts';

/** A file system of 64 KiB. */
const folder = mkdtempSync(join(tmpdir(), 'full-disk-'));
const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder]).status === 0;

afterAll(() => {
  if (mounted) spawnSync('umount', ['--lazy', folder]);
});

describe.skipIf(!mounted)('on a disk without room (skipped where a tmpfs cannot be mounted)', () => {
  const path = (name: string) => join(folder, name);
  let failures: unknown[] = [];
  const failed = (error: unknown) => failures.push(error);
  /** Takes all the room that is left. */
  const fill = () => spawnSync('dd', ['if=/dev/zero', `of=${path('filler')}`, 'bs=1k']);
  const free = () => writeFileSync(path('filler'), '');

  beforeAll(free);
  beforeEach(() => {
    free();
    failures = [];
  });

  it('a snapshot that does not fit is reported, and the last good one stays', async () => {
    let entries = [{ small: 'x' }];
    const keeper = new SnapshotKeeper({
      path: path('snapshot.jsonl'),
      entries: () => entries,
      clock: systemClock,
      log: { ...silentLog, warn: failed },
      onFailed: () => failed('counted'),
    });
    keeper.changed();
    await keeper.flush();
    expect(failures).toEqual([]);
    // The tmpfs takes the beginning of it: a short write.
    entries = [{ small: 'y'.repeat(200_000) }];
    keeper.changed();
    await keeper.flush();
    expect(failures).toEqual([expect.objectContaining({ path: path('snapshot.jsonl') }), 'counted']);
    expect((await readSnapshot(path('snapshot.jsonl')))?.entries).toEqual([{ small: 'x' }]);
    expect(existsSync(path('snapshot.jsonl.new'))).toBe(false);
  });

  it('a position and a revision that have a file are written nevertheless', () => {
    const position = new PositionFile(path('audit-position.json'), failed);
    const revision = new RevisionFile(path('revision'), 1);
    fill();
    position.advance({ segment: 7, offset: 1234 });
    revision.write(2 ** 40 + 5);
    expect(failures).toEqual([]);
    expect(new PositionFile(path('audit-position.json'), failed).position).toEqual({
      segment: 7,
      offset: 1234,
    });
    expect(readFileSync(path('revision')).readBigUInt64LE()).toBe(2n ** 40n + 5n);
    position.close();
    revision.close();
  });

  it('a position without room is reported, and the reader continues', () => {
    fill();
    const position = new PositionFile(path('new-position.json'), failed);
    position.advance({ segment: 1, offset: 2 });
    expect(failures).toHaveLength(2);
    expect(position.position).toEqual({ segment: 1, offset: 2 });
    free();
    position.advance({ segment: 1, offset: 3 });
    expect(new PositionFile(path('new-position.json'), failed).position).toEqual({ segment: 1, offset: 3 });
    position.close();
  });

  it('a revision without room leaves no file that a relay could map', () => {
    fill();
    expect(() => new RevisionFile(path('new-revision'), 3)).toThrow();
    expect(existsSync(path('new-revision'))).toBe(false);
  });

  it('of the journal of names only the line that did not fit is lost', () => {
    const journal = new NamesFile(path('known-names'), () => 0, { ...silentLog, warn: failed });
    journal.append({ name: 'a.example', until: 1 });
    fill();
    for (let number = 0; failures.length === 0; number += 1)
      journal.append({ name: `${number}-${'x'.repeat(50)}.example`, until: 1 });
    free();
    journal.append({ name: 'z.example', until: 1 });
    const names = journal.read().map(({ name }) => name);
    expect(names).toContain('a.example');
    expect(names.every((name) => name.endsWith('.example'))).toBe(true);
  });
});
