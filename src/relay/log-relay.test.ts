import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { RelayProcess } from './relay-process.fixture.ts';

const running: RelayProcess[] = [];
afterEach(() => {
  for (const relay of running.splice(0)) relay.kill();
});

function start({ maxBytes, before = [] }: { maxBytes?: number; before?: string[] } = {}) {
  const folder = join(mkdtempSync(join(tmpdir(), 'segments-')), 'deep', 'log');
  mkdirSync(folder, { recursive: true });
  if (maxBytes !== undefined) writeFileSync(join(folder, 'max-bytes'), `${maxBytes}\n`);
  for (const name of before) writeFileSync(join(folder, name), '');
  const relay = new RelayProcess('log', folder);
  running.push(relay);
  return { folder, relay };
}

const segments = (folder: string) =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.log'))
    .sort();
const raw = (folder: string) => segments(folder).map((name) => readFileSync(join(folder, name), 'latin1'));
const START = /^!start (\d+)\n/;
/** Each segment, the first one without the record of the start. */
const texts = (folder: string) => raw(folder).map((segment) => segment.replace(START, ''));
const text = (folder: string) => texts(folder).join('');
const until = (what: () => boolean) => expect.poll(what, { timeout: 50_000, interval: 5 }).toBe(true);
/** Sum of the records of loss, of which one is written each second. */
const lost = (log: string) =>
  [...log.matchAll(/^!lost (\d+)$/gm)].reduce((sum, [, count]) => sum + Number(count), 0);

describe('the log relay', () => {
  it('creates its folder, and writes each line byte for byte', async () => {
    const folder = join(mkdtempSync(join(tmpdir(), 'segments-')), 'deep', 'log');
    const relay = new RelayProcess('log', folder);
    running.push(relay);
    relay.say('L1.000 a L b\nL2.0');
    relay.say('00 \xe9\nL\n');
    expect(await relay.hangUp()).toBe(0);
    expect(text(folder)).toBe('1.000 a L b\n2.000 \xe9\n\n');
    expect(segments(folder)).toEqual(['0000000001.log']);
  });

  it('begins with the start of its parent, also when the log is full, and writes it once', async () => {
    // As the kernel counts: a clock that was set since would shift both by the same.
    const began = Date.now() - process.uptime() * 1000;
    const { folder, relay } = start({ maxBytes: 1 });
    await until(() => raw(folder).join('').includes('\n'));
    relay.say('R\n');
    await until(() => segments(folder).length === 2);
    const [, at] = START.exec(raw(folder).join('')) ?? [];
    expect(Math.abs(Number(at) - began)).toBeLessThan(1000);
    expect(raw(folder)[1]).toBe('');
  });

  it('continues the numbers of existing segments', async () => {
    const { folder, relay } = start({ before: ['0000000041.log', '9.log', '0000000050.txt'] });
    relay.say('La\n');
    await until(() => text(folder) === 'a\n');
    expect(segments(folder)).toEqual(['0000000041.log', '0000000042.log', '9.log']);
  });

  it('begins a new segment on rotate, and ignores the other commands', async () => {
    const { folder, relay } = start();
    relay.say('T\nO\nF\nr10\nb1\nLa\nR\nLb\n');
    await relay.hangUp();
    expect(texts(folder)).toEqual(['a\n', 'b\n']);
    expect(relay.complaints).toBe('');
  });

  it('complains about an unknown command', async () => {
    const { relay } = start();
    relay.say('x\nLa\n');
    await relay.hangUp();
    expect(relay.complaints).toBe('relay: unknown log command x\n');
  });

  it('closes a segment that is full, between two lines', async () => {
    const { folder, relay } = start();
    const line = `${'a'.repeat(1023)}\n`;
    for (let count = 0; count < 2500; count += 1) relay.say(`L${line}`);
    await relay.hangUp();
    const written = texts(folder);
    expect(written.length).toBeGreaterThanOrEqual(3);
    for (const segment of written) {
      expect(segment.length).toBeLessThanOrEqual(1 << 20);
      expect(segment.endsWith('\n')).toBe(true);
    }
    expect(written.join('')).toBe(line.repeat(2500));
  });

  it('counts lines that exceed the cap and writes a record in their place', async () => {
    // The record of the start has 21 bytes.
    const { folder, relay } = start({ maxBytes: 31 });
    relay.say('L12345678\n');
    await until(() => text(folder) === '12345678\n');
    relay.say('Llost\n');
    relay.say('Llost\nLlost\n');
    await until(() => lost(text(folder)) === 3);
    expect(text(folder)).toMatch(/^12345678\n(!lost \d+\n)+$/);
    // The agent has printed and deleted the segments, and raises the cap.
    writeFileSync(join(folder, 'max-bytes'), '1000\n');
    for (const name of segments(folder)) rmSync(join(folder, name));
    relay.say('R\n');
    await until(() => segments(folder).length > 0);
    relay.say('Lnext\n');
    await until(() => text(folder) === 'next\n');
  });
});
