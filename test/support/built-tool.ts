import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

/**
 * Where `scripts/cluster` has a tool, with `binaries` a folder of them, with `cert-manager` its chart; built when it is not
 * there.
 */
export function builtTool(
  name: 'binaries' | 'cert-manager' | 'cosign' | 'helm' | 'kind' | 'kubectl-1.32' | 'lua',
): string {
  return execFileSync(join(root, 'scripts/cluster'), [name], { encoding: 'utf8' }).trim();
}
