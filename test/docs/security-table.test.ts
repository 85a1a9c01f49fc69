import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { expectTest, readTables } from './named-test.ts';

const root = resolve(import.meta.dirname, '../..');

/** Numbers of the decision records. */
const records = readdirSync(join(root, 'docs/decisions')).map((name) => name.slice(0, 4));

describe('docs/security.md', () => {
  const table = readTables('docs/security.md', 'attempt');

  test('has a line for every kind of attempt', () => {
    expect(table.length).toBeGreaterThan(60);
  });

  test.each(table.map((cells) => [cells[0], cells] as const))('%s', (_, cells) => {
    expect(cells).toHaveLength(4);
    const [, state = '', by = '', proof = ''] = cells;
    expect(['stopped', 'narrowed', 'open']).toContain(state);
    expect(by, 'says by what, or what to do').not.toBe('');
    const [, record] = /docs\/decisions\/(\d{4})/.exec(by) ?? [];
    if (state === 'open') expect(records, 'a decision record says why').toContain(record);
    expectTest(proof);
  });
});
