import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLog } from '../../telemetry/index.ts';
import { systemClock } from '../../time/index.ts';
import { NamesFile } from './names-file.ts';
import { ResolvableNames } from './resolvable-names.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'known-names-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** One run of an agent; each starts with another monotonic time. */
function setUp(epoch: number) {
  const time = { passed: 0 };
  const clock = { ...systemClock, now: () => epoch + time.passed, monotonic: () => 7 + time.passed };
  const path = join(folder, 'names');
  const names = new ResolvableNames(clock, new NamesFile(path, clock.now, silentLog));
  return { time, names, lines: () => readFileSync(path, 'utf8').split('\n').length - 1 };
}

describe('ResolvableNames with a journal', () => {
  it('keeps for the next agent what a killed agent allowed', () => {
    setUp(1_000_000).names.allow('h.example');
    const { time, names } = setUp(1_100_000);
    expect([names.has('h.example'), names.has('other.example')]).toEqual([true, false]);
    time.passed = 200_000;
    expect(names.has('h.example')).toBe(false);
  });

  it('forgets expired names', () => {
    setUp(1_000_000).names.allow('h.example');
    const { names, lines } = setUp(2_000_000);
    expect([names.has('h.example'), lines()]).toEqual([false, 0]);
  });

  it('writes a busy name once in minutes, and again before it is forgotten', () => {
    const { time, names, lines } = setUp(1_000_000);
    for (time.passed = 0; time.passed < 600_000; time.passed += 1_000) names.allow('h.example');
    expect(lines()).toBeLessThanOrEqual(5);
    expect(setUp(1_600_000).names.has('h.example')).toBe(true);
  });
});
