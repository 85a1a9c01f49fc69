import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { silentLog } from '../telemetry/index.ts';
import { systemClock } from '../time/index.ts';
import { NamesFile } from './dns/names-file.ts';
import { readSnapshot, SnapshotKeeper } from './state/index.ts';

/** A file system with room for twelve files. */
const folder = mkdtempSync(join(tmpdir(), 'unwritable-disk-'));
const mount = (...options: string[]) =>
  spawnSync('mount', ['-t', 'tmpfs', '-o', options.join(), 'tmpfs', folder]).status === 0;
const mounted = mount('size=1m', 'nr_inodes=12');
const path = (name: string) => join(folder, name);

afterAll(() => {
  if (mounted) spawnSync('umount', ['--lazy', folder]);
});

const fillers = Array.from({ length: 20 }, (_, index) => path(`filler-${index}`));

interface DiskFault {
  begin(): void;
  end(): void;
}

const faults: Record<string, DiskFault> = {
  'without inodes': {
    begin() {
      for (const filler of fillers) spawnSync('touch', [filler]);
    },
    end() {
      for (const filler of fillers) rmSync(filler, { force: true });
    },
  },
  'that has become read-only': {
    begin: () => expect(mount('remount', 'ro')).toBe(true),
    end: () => expect(mount('remount', 'rw')).toBe(true),
  },
};

describe.skipIf(!mounted).each(Object.entries(faults))(
  'on a disk %s (skipped where a tmpfs cannot be mounted)',
  (_, fault) => {
    let failures: unknown[] = [];
    const failed = (error: unknown) => failures.push(error);
    const log = { ...silentLog, warn: failed };
    beforeEach(() => {
      failures = [];
      expect(() => writeFileSync(path('proof'), 'x')).not.toThrow();
      rmSync(path('proof'));
    });

    it('a snapshot that is not written is reported, the last good one stays, and the next is written', async () => {
      let entries = [{ state: 'first' }];
      const options = { path: path('snapshot.jsonl'), entries: () => entries, clock: systemClock, log };
      const keeper = new SnapshotKeeper({ ...options, onFailed: () => failed('counted') });
      const write = async () => {
        keeper.changed();
        await keeper.flush();
        return (await readSnapshot(options.path))?.entries;
      };
      expect(await write()).toEqual([{ state: 'first' }]);
      entries = [{ state: 'second' }];
      fault.begin();
      expect(await write()).toEqual([{ state: 'first' }]);
      expect(failures).toContain('counted');
      fault.end();
      expect(await write()).toEqual([{ state: 'second' }]);
    });

    it('a name is remembered in memory although the journal is not written', () => {
      const journal = new NamesFile(path('known-names'), () => 0, log);
      fault.begin();
      expect(() => journal.append({ name: 'a.example', until: 1 })).not.toThrow();
      expect(failures.length).toBeGreaterThan(0);
      fault.end();
      journal.append({ name: 'b.example', until: 1 });
      expect(journal.read().map(({ name }) => name)).toContain('b.example');
      rmSync(path('known-names'));
    });
  },
);
