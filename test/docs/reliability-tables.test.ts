import { describe, expect, test } from 'vitest';
import { faults } from '../faults/faults.ts';
import { expectTest, readTables } from './named-test.ts';

describe('docs/reliability.md', () => {
  const promises = readTables('docs/reliability.md', 'promise');

  test('makes promises', () => {
    expect(promises.length).toBeGreaterThan(20);
  });

  test.each(promises.map((cells) => [cells[0], cells] as const))('%s', (_, cells) => {
    expect(cells).toHaveLength(3);
    expect(cells[1], 'says what happens').not.toBe('');
    expectTest(cells[2] ?? '');
  });

  test('has what was measured for each fault of the suite, with its promise', () => {
    const measured = readTables('docs/reliability.md', 'fault');
    expect(measured.map(([name, promise]) => ({ name, promise }))).toEqual(
      faults.map(({ name, promise }) => ({ name, promise })),
    );
    for (const [name, , figures] of measured) expect(figures, name).toMatch(/^[\d,]+ requests, /);
  });
});
