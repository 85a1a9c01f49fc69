import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'closer-'));
const stage = join(import.meta.dirname, 'support/closer/stage-process.ts');
const main = resolve(import.meta.dirname, '../../src/main.ts');
let found: Record<string, unknown>;

beforeAll(async () => {
  const command = `ip link set lo up; exec ${process.execPath} ${stage} ${main} ${join(folder, 'closer.sock')}`;
  const { stderr } = await promisify(execFile)('unshare', ['--net', 'bash', '-c', command]);
  found = JSON.parse(stderr.trim().split('\n').at(-1) ?? '');
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('the closer, asked by the agent', () => {
  test.each(['127.0.0.1', '::1'])(
    'ends the connections that it is asked to end, and no other: %s',
    (address) => {
      expect(found[address]).toEqual({
        ended: 1,
        again: 0,
        elsewhere: 0,
        many: 100,
        alive: [false, true, true],
      });
    },
  );

  test('takes nothing but an address and a port', () => {
    expect(found['nonsense']).toContain('needs an address and a port');
  });
});
