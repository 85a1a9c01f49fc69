import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What tests write below tmpdir() goes with the run. Squid, under a user of its own, has to get through. */
export default function setup(): () => void {
  const { TMPDIR } = process.env;
  const folder = mkdtempSync(join(tmpdir(), 'ke-'));
  chmodSync(folder, 0o755);
  process.env['TMPDIR'] = folder;
  return () => {
    // Something that is about to end may still write into it.
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
    if (TMPDIR === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = TMPDIR;
  };
}
