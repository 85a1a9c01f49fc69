import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

const WARNINGS = ['-Wall', '-Wextra', '-Wpedantic', '-Wconversion', '-Wshadow', '-Werror'];

/**
 * What all C files of a folder of src become with the options, compiled once for the sources as they are. Needs gcc (or $CC)
 * with its C library.
 */
export function compileC(folder: string, extra: readonly string[]): string {
  const compiler = process.env['CC'] ?? 'gcc';
  const options = ['-std=c11', '-D_GNU_SOURCE', ...WARNINGS, ...extra];
  const path = join(root, 'src', folder);
  const files = readdirSync(path)
    .filter((name) => /^[a-z-]+\.[ch]$/.test(name))
    .sort();
  const hash = createHash('sha256').update(JSON.stringify([compiler, options]));
  for (const name of files) hash.update(readFileSync(join(path, name)));
  const cache = join(root, `node_modules/.cache/kube-egress-${folder}`);
  const target = join(cache, hash.digest('hex').slice(0, 16));
  if (existsSync(target)) return target;
  mkdirSync(cache, { recursive: true });
  const unfinished = `${target}.${process.pid}`;
  const sources = files.filter((name) => name.endsWith('.c')).map((name) => join(path, name));
  try {
    execFileSync(compiler, [...options, ...sources, '-o', unfinished], {
      stdio: ['ignore', 'inherit', 'inherit'],
    });
  } catch (cause) {
    throw new Error(`${compiler} could not compile src/${folder} (Debian: apt-get install gcc libc6-dev)`, {
      cause,
    });
  }
  renameSync(unfinished, target);
  return target;
}
