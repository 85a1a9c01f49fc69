import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';

/** One line under each section: where and when, and of which versions. */
export function describeMachine(): string {
  const all = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  const machine = `${all.length} cores (${all[0]?.model.trim() ?? 'unknown'}), ${memory} GiB, Linux ${release().split('-')[0]}`;
  const versions = [`Node ${process.versions.node}`, squidVersion(), distribution()]
    .filter(Boolean)
    .join(', ');
  return `*${new Date().toISOString().slice(0, 10)}, commit ${commit()}; ${machine}; ${versions}.*`;
}

function squidVersion(): string {
  const [, version = ''] = /Version (\S+)/.exec(output('squid', '-v')) ?? [];
  return version && `Squid ${version}`;
}

function distribution(): string {
  const [, name = ''] = /^PRETTY_NAME="(.+)"$/m.exec(readFileSync('/etc/os-release', 'utf8')) ?? [];
  return name;
}

function commit(): string {
  const id = output('git', 'rev-parse', '--short', 'HEAD').trim();
  return output('git', 'status', '--porcelain', 'src').trim() === '' ? id : `${id} with changes`;
}

function output(command: string, ...args: string[]): string {
  try {
    return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    return '';
  }
}
