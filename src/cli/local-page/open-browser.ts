import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const openers: Readonly<Record<string, readonly string[]>> = {
  darwin: ['open'],
  win32: ['cmd', '/c', 'start', ''],
};

/**
 * Opens a URL in the browser. A URL with a secret would show in the list of processes, so the browser gets a file that only
 * this user can read and that leads there. Returns a function that removes the file; rejects if no browser can be started.
 */
export async function openBrowser(url: string): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'kubectl-egress-'));
  const remove = () => rm(folder, { recursive: true, force: true });
  const file = join(folder, 'open.html');
  const page = `<!doctype html><meta http-equiv="refresh" content="0;url=${url}"><title>kube-egress</title>\n`;
  try {
    await writeFile(file, page, { mode: 0o600 });
    await start(pathToFileURL(file).href);
  } catch (error) {
    await remove();
    throw error;
  }
  return remove;
}

function start(url: string): Promise<void> {
  const [command = '', ...args] = [...(openers[process.platform] ?? ['xdg-open']), url];
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: 'ignore', detached: true });
    child.once('error', reject);
    child.once('spawn', () => {
      child.unref();
      resolve();
    });
  });
}
