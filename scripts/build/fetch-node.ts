/**
 * Node for Linux on another architecture than this machine's. npm installs only the package of its own, so the other one
 * is packed by npm and compared with package-lock.json.
 *
 * As a command: node scripts/build/fetch-node.ts x64|arm64
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

type Lock = { packages: Record<string, { version: string; integrity: string } | undefined> };

/** @returns the folder of the npm package node-linux-ARCH below node_modules. */
export function fetchNode(arch: string): string {
  const name = `node-linux-${arch}`;
  const folder = join(root, 'node_modules', name);
  if (existsSync(join(folder, 'bin/node'))) return folder;
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as Lock;
  const locked = lock.packages[`node_modules/${name}`];
  if (locked === undefined)
    throw new Error(`package-lock.json has no ${name}: architectures are x64 and arm64`);
  mkdirSync(join(root, 'node_modules/.cache'), { recursive: true });
  const temporary = mkdtempSync(join(root, 'node_modules/.cache/node-'));
  try {
    execFileSync('npm', ['pack', '--silent', `${name}@${locked.version}`], {
      cwd: temporary,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const archive = join(temporary, `${name}-${locked.version}.tgz`);
    const integrity = `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}`;
    if (integrity !== locked.integrity)
      throw new Error(`${name} is not what package-lock.json names: ${integrity}`);
    execFileSync('tar', ['-xzf', archive, '-C', temporary]);
    renameSync(join(temporary, 'package'), folder);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
  return folder;
}

if (import.meta.main) fetchNode(process.argv[2] ?? process.arch);
