import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

/** Loads the probe into the components that are started from now on. Its sockets are in the folder. */
export function loadProbe(folder: string): void {
  process.env.LOOP_PROBE = folder;
  process.env.NODE_OPTIONS = `--import=${join(import.meta.dirname, 'loop-probe.mjs')}`;
}

export function unloadProbe(): void {
  delete process.env.LOOP_PROBE;
  delete process.env.NODE_OPTIONS;
}

/** Milliseconds of the longest turn of a component's event loop since the last call. */
export async function longestTurn(folder: string, pid: number): Promise<number> {
  return Number(await text(connect(join(folder, `${pid}.sock`))));
}
