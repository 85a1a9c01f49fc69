import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { CAP_FILE, SegmentFiles } from './segment-files.ts';

describe('SegmentFiles', () => {
  let folder: string;
  beforeEach(() => {
    folder = join(mkdtempSync(join(tmpdir(), 'segments-')), 'log');
  });

  it('numbers on from what is there', () => {
    new SegmentFiles(folder).begin();
    writeFileSync(join(folder, '0000000041.log'), '');
    const files = new SegmentFiles(folder);
    files.begin();
    files.append('a\xe9\n');
    expect(readdirSync(folder).sort()).toEqual(['0000000001.log', '0000000041.log', '0000000042.log']);
    expect(readFileSync(join(folder, '0000000042.log'))).toEqual(Buffer.from('a\xe9\n', 'latin1'));
    expect(files.heldBytes()).toBe(3);
  });

  it('takes its cap from the file, else the default', () => {
    const files = new SegmentFiles(folder);
    expect(files.maxBytes()).toBe(64 << 20);
    writeFileSync(join(folder, CAP_FILE), '4096\n');
    expect(files.maxBytes()).toBe(4096);
  });
});
