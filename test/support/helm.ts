import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

/** The Helm of scripts/local-cluster/tools/helm, built when it is not there. */
export function findHelm(): string {
  return execFileSync(join(root, 'scripts/cluster'), ['helm'], { encoding: 'utf8' }).trim();
}
