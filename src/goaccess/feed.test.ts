import { appendFileSync, mkdtempSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../time/index.ts';
import { followFeed } from './feed.ts';

describe('followFeed', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'feed-'));
  });
  const file = (suffix = '') => join(folder, `feed.log${suffix}`);

  /** Reads in the background; the result grows. */
  function follow(): { text: string } {
    const stopping = new AbortController();
    onTestFinished(() => stopping.abort());
    const read = { text: '' };
    (async () => {
      for await (const chunk of followFeed(folder, systemClock, stopping.signal)) read.text += chunk;
    })();
    return read;
  }
  const becomes = (read: { text: string }, text: string) =>
    expect.poll(() => read.text, { timeout: 30_000, interval: 10 }).toBe(text);

  it('yields the oldest file first and then new lines', async () => {
    writeFileSync(file('.9'), 'a\n');
    writeFileSync(file('.10'), 'b\n');
    writeFileSync(file(), 'c\n');
    const read = follow();
    await becomes(read, 'a\nb\nc\n');
    appendFileSync(file(), 'd\n');
    await becomes(read, 'a\nb\nc\nd\n');
  });

  it('waits for a feed that does not exist yet', async () => {
    const read = follow();
    writeFileSync(file(), 'a\n');
    await becomes(read, 'a\n');
  });

  it('loses nothing when files are rotated', async () => {
    writeFileSync(file(), 'a\n');
    const read = follow();
    await becomes(read, 'a\n');
    appendFileSync(file(), 'b\n');
    renameSync(file(), file('.1'));
    writeFileSync(file(), 'c\n');
    renameSync(file(), file('.2'));
    writeFileSync(file(), 'd\n');
    await becomes(read, 'a\nb\nc\nd\n');
  });
});
