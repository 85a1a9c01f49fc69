import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseTarget } from './target/parse-target.ts';

const guide = readFileSync(new URL('../../docs/guide/targets.md', import.meta.url), 'utf8');

/** The cells of a table's rows, without their backquotes. */
function rowsUnder(heading: string): string[][] {
  const [, section = ''] = guide.split(`## ${heading}\n`);
  const [text = ''] = section.split('\n## ');
  const rows = text.split('\n').filter((line) => line.startsWith('| `'));
  return rows.map((row) => row.split(' | ').map((cell) => cell.replace(/[|`]/g, '').trim()));
}

describe('docs/guide/targets.md', () => {
  it.each(rowsUnder('What a target can be'))('%s is a target', (text) => {
    expect(parseTarget(text).ok).toBe(true);
  });

  it.each(rowsUnder('What is refused, and what to write instead'))(
    '%s: %s, write %s',
    (text, reasons, suggestion) => {
      const parsed = parseTarget(text);
      const faults = parsed.ok ? [] : parsed.faults;
      expect(faults.map(({ reason }) => reason).join(', ')).toBe(reasons);
      expect(faults[0]?.suggestion ?? '').toBe(suggestion);
    },
  );
});
