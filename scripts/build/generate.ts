/** Writes every generated file (generate/files.ts). With --check it only reports the stale ones. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { generatedFiles } from './generate/files.ts';

const root = new URL('../../', import.meta.url).pathname;
const check = process.argv.includes('--check');
const stale = [...generatedFiles()].filter(([path, content]) => read(path) !== content);

for (const [path, content] of stale) {
  if (check) {
    process.stderr.write(`${path} is stale: run npm run generate\n`);
  } else {
    mkdirSync(dirname(root + path), { recursive: true });
    writeFileSync(root + path, content);
    process.stdout.write(`wrote ${path}\n`);
  }
}
if (check && stale.length > 0) process.exitCode = 1;

function read(path: string): string | undefined {
  try {
    return readFileSync(root + path, 'utf8');
  } catch {
    return undefined;
  }
}
