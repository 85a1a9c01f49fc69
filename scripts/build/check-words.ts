/** Checks every text of the repository against the list of words (scripts/build/words.ts). */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findWords } from './find-words.ts';

const root = join(import.meta.dirname, '../..');
const unchecked =
  /^(?:LICENSE|package-lock\.json)$|\.(?:json|sum|mod|svg|png|css|golden)$|^test\/goldens\/|^scripts\/build\/(?:words|find-words\.test)\.ts$/;

const files = execFileSync('git', ['ls-files'], { cwd: root, encoding: 'utf8' }).split('\n');
let offences = 0;
const isChecked = (path: string) => path !== '' && !unchecked.test(path);
for (const path of files.filter(isChecked)) {
  for (const { line, found, write } of findWords(path, readFileSync(join(root, path), 'utf8'))) {
    offences += 1;
    process.stderr.write(`${path}:${line}: "${found}": write ${write}\n`);
  }
}
if (offences > 0) {
  process.stderr.write(
    `${offences} words to replace (a right use: a comment "words: allow" on the line before)\n`,
  );
  process.exitCode = 1;
}
