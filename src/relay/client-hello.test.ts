import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inRecords, recordedHellos } from '../forward/client-hello.fixture.ts';

const folder = mkdtempSync(join(tmpdir(), 'client-hello-'));
const program = join(folder, 'read-prefixes');
const [MORE, READ] = ['0', '2'];

beforeAll(() => {
  const sources = ['client-hello.fixture.c', 'client-hello.c'].map((name) => join(import.meta.dirname, name));
  const checks = ['-fsanitize=address,undefined', '-fno-sanitize-recover=all'];
  execFileSync(process.env['CC'] ?? 'gcc', ['-std=c11', '-O1', ...checks, ...sources, '-o', program]);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What the gate's reader says of the first 0, 1, 2, ... bytes. */
function readPrefixes(bytes: Buffer): { kind: string; encrypted: boolean; name: string }[] {
  const printed = execFileSync(program, { input: bytes, encoding: 'utf8' });
  return printed
    .trimEnd()
    .split('\n')
    .map((line) => {
      const [kind = '', encrypted = '', name = ''] = line.split(' ');
      return { kind, encrypted: encrypted === '1', name };
    });
}

describe('the hello of a real client', () => {
  it.each(recordedHellos)(
    '$client: is complete with its last byte and not before, wherever it is cut',
    ({ hello }) => {
      for (const bytes of [hello, inRecords(hello, 100)]) {
        const readings = readPrefixes(bytes);
        expect(readings).toHaveLength(bytes.length + 1);
        expect(readings.slice(0, -1).filter(({ kind, name }) => kind !== MORE || name !== '')).toEqual([]);
        expect(readings.at(-1)).toMatchObject({ kind: READ, name: 'api.example.com' });
      }
    },
  );

  it('is encrypted, or looks like it, for a browser alone', () => {
    const looksEncrypted = recordedHellos.filter(({ hello }) => readPrefixes(hello).at(-1)?.encrypted);
    expect(looksEncrypted.map(({ client }) => client)).toEqual(['Chromium']);
  });

  it('is of one packet or more: some clients send a post-quantum key', () => {
    const sizes = recordedHellos.map(({ hello }) => hello.length);
    expect(Math.min(...sizes)).toBeLessThan(600);
    expect(Math.max(...sizes)).toBeGreaterThan(1460);
  });
});
