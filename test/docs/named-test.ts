import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { expect } from 'vitest';

const root = resolve(import.meta.dirname, '../..');

/** The lines of every table of a page whose first column has this head, each as its cells. */
export function readTables(path: string, head: string): string[][] {
  const lines = readFileSync(join(root, path), 'utf8').split('\n');
  const found: string[][] = [];
  let isOurs = false;
  for (const line of lines) {
    if (!line.startsWith('|')) isOurs = false;
    else if (line.startsWith(`| ${head} |`)) isOurs = true;
    else if (isOurs && !line.startsWith('|---'))
      found.push(
        line
          .slice(1, -1)
          .split(' | ')
          .map((cell) => cell.trim()),
      );
  }
  return found;
}

/** `proof`: a test file and the title of a test, "`test/x.test.ts`: title". */
export function expectTest(proof: string): void {
  const [, file = '', title = ''] = /^`([^`]+)`: (.+)$/.exec(proof) ?? [];
  expect(existsSync(join(root, file)), `${file} exists`).toBe(true);
  expect(hasTitle(sourcesOf(join(root, file)), title), `${file} has "${title}"`).toBe(true);
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
