import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');
const folder = join(root, 'src/relay');
const cache = join(root, 'node_modules/.cache/kube-egress-relay');

const WARNINGS = ['-Wall', '-Wextra', '-Wpedantic', '-Wconversion', '-Wshadow', '-Werror'];
const flavours = {
  /** Static, so that it runs on whatever C library the image has. */
  product: ['-O2', '-static', '-s'],
  /** Ends at the first access to memory that is not its own. */
  checked: ['-O1', '-g', '-fsanitize=address,undefined', '-fno-sanitize-recover=all'],
} as const;

/** The relay's binary, compiled once for the sources as they are. Needs gcc (or $CC) with its C library. */
export function buildRelay(flavour: keyof typeof flavours = 'product'): string {
  const compiler = process.env['CC'] ?? 'gcc';
  const options = ['-std=c11', '-D_GNU_SOURCE', ...WARNINGS, ...flavours[flavour]];
  const files = readdirSync(folder)
    .filter((name) => /^[a-z-]+\.[ch]$/.test(name))
    .sort();
  const hash = createHash('sha256').update(JSON.stringify([compiler, options]));
  for (const name of files) hash.update(readFileSync(join(folder, name)));
  const target = join(cache, hash.digest('hex').slice(0, 16));
  if (existsSync(target)) return target;
  mkdirSync(cache, { recursive: true });
  const unfinished = `${target}.${process.pid}`;
  const sources = files.filter((name) => name.endsWith('.c')).map((name) => join(folder, name));
  try {
    execFileSync(compiler, [...options, ...sources, '-o', unfinished], {
      stdio: ['ignore', 'inherit', 'inherit'],
    });
  } catch (cause) {
    throw new Error(`${compiler} could not compile src/relay (Debian: apt-get install gcc libc6-dev)`, {
      cause,
    });
  }
  renameSync(unfinished, target);
  return target;
}
