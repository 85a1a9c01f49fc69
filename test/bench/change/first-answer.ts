import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { FEW_SOURCE } from '../data/network.ts';

const ASKER = join(import.meta.dirname, 'asker.mjs');

/**
 * Milliseconds from a change until a client that asks without pause is let through. The change is made when the client
 * has been refused once, so that its start does not count; one that never gets through rejects.
 */
export function firstAnswer(
  inside: string,
  { proxy, target }: { proxy: string; target: string },
  change: () => number,
): Promise<number> {
  const [host = '', port = ''] = proxy.split(':');
  const args = [inside, process.execPath, ASKER, host, port, FEW_SOURCE, target];
  const child = spawn('nsenter', args, { stdio: ['ignore', 'pipe', 'inherit'], timeout: 30_000 });
  let at: number | undefined;
  return new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (status) => {
      if (at === undefined) at = change();
      else if (status === '200') resolve(performance.now() - at);
    });
    child.once('close', () => reject(new Error(`${target} was never let through`)));
  });
}
