import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '../..');

interface Line {
  attempt: string;
  state: string;
  by: string;
  proof: string;
}

/** The lines of every table in docs/security.md. */
function readTable(): Line[] {
  const text = readFileSync(join(root, 'docs/security.md'), 'utf8');
  return text
    .split('\n')
    .filter((line) => line.startsWith('|') && !line.startsWith('|---') && !line.startsWith('| attempt'))
    .map((line) => {
      const [attempt = '', state = '', by = '', proof = '', ...more] = line.slice(1, -1).split(' | ');
      expect(more, line).toEqual([]);
      return { attempt: attempt.trim(), state: state.trim(), by: by.trim(), proof: proof.trim() };
    });
}

/** A test file and the files of the tests that it imports: titles may be in their tables. */
function sourcesOf(file: string, seen = new Set<string>()): string {
  if (seen.has(file) || !existsSync(file)) return '';
  seen.add(file);
  const text = readFileSync(file, 'utf8');
  const imported = [...text.matchAll(/from '(\.[^']+)'/g)].map(([, path = '']) =>
    resolve(dirname(file), path),
  );
  const rest = imported
    .filter((path) => path.startsWith(join(root, 'test')))
    .map((path) => sourcesOf(path, seen));
  return [text, ...rest].join('\n');
}

/** Whether the sources contain the text as a whole string, whatever its quotes. */
function hasTitle(sources: string, title: string): boolean {
  return [`'${title}'`, `"${title}"`, `\`${title}\``].some((quoted) => sources.includes(quoted));
}

/** Numbers of the decision records. */
const records = readdirSync(join(root, 'docs/decisions')).map((name) => name.slice(0, 4));

describe('docs/security.md', () => {
  const table = readTable();

  test('has a line for every kind of attempt', () => {
    expect(table.length).toBeGreaterThan(60);
  });

  test.each(table.map((line) => [line.attempt, line] as const))('%s', (_, { state, by, proof }) => {
    expect(['stopped', 'narrowed', 'open']).toContain(state);
    expect(by, 'says by what, or what to do').not.toBe('');
    const [, record] = /docs\/decisions\/(\d{4})/.exec(by) ?? [];
    if (state === 'open') expect(records, 'a decision record says why').toContain(record);
    const [, file = '', title = ''] = /^`([^`]+)`: (.+)$/.exec(proof) ?? [];
    expect(existsSync(join(root, file)), `${file} exists`).toBe(true);
    expect(hasTitle(sourcesOf(join(root, file)), title), `${file} has "${title}"`).toBe(true);
  });
});
