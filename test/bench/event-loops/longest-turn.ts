import { connect } from 'node:net';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';

/** Milliseconds. */
export interface LongestTurn {
  /** Processor time of the turn. */
  turn: number;
  /** How long garbage was collected in it, by the clock: more than the processor time where the machine is busy. */
  collected: number;
}

/** Loads the probe into the components that are started from now on. Its sockets are in the folder. */
export function loadProbe(folder: string): void {
  process.env.LOOP_PROBE = folder;
  process.env.NODE_OPTIONS = `--import=${join(import.meta.dirname, 'loop-probe.mjs')}`;
}

export function unloadProbe(): void {
  delete process.env.LOOP_PROBE;
  delete process.env.NODE_OPTIONS;
}

/** The longest turn of a component's event loop since the last call. */
export async function longestTurn(folder: string, pid: number): Promise<LongestTurn> {
  return (await json(connect(join(folder, `${pid}.sock`)))) as LongestTurn;
}
