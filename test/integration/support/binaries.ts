import { accessSync, constants, globSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * Where scripts/cluster puts what it builds from the Go modules in scripts/local-cluster/tools:
 * `${XDG_CACHE_HOME:-$HOME/.cache}/kube-egress/bin/<module>-<hash>/<binary>`. The newest one is taken.
 */
export function findBinary(module: string, binary: string): string {
  const cache = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  const pattern = join(cache, 'kube-egress', 'bin', `${module}-*`, binary);
  const [newest] = globSync(pattern).sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs);
  if (newest === undefined) throw new Error(`${pattern} is missing: scripts/cluster builds it`);
  accessSync(newest, constants.X_OK);
  return newest;
}
