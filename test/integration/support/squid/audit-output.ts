import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chownSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AuditRecord } from '../../../../src/api/index.ts';
import { UID } from './network-namespace.ts';

/** Milliseconds until a missing audit line fails a test. */
const LIMIT = 45_000;

/** The agent's stdout as a container runtime has it: a pipe that outlives agents, with a collector that reads it. */
export class AuditOutput {
  readonly pipe: string;
  readonly path: string;
  #collector: ChildProcess | undefined;

  constructor(folder: string) {
    this.pipe = join(folder, 'audit.pipe');
    this.path = join(folder, 'audit.jsonl');
  }

  start(): void {
    execFileSync('mkfifo', [this.pipe]);
    chownSync(this.pipe, UID, UID);
    const [from, to] = [openSync(this.pipe, 'r+'), openSync(this.path, 'a')];
    this.#collector = spawn('cat', { stdio: [from, to, 'inherit'] });
  }

  signal(signal: 'SIGSTOP' | 'SIGCONT' | 'SIGKILL'): void {
    this.#collector?.kill(signal);
  }

  /** Whole lines: the collector may be writing the last one. */
  records(): AuditRecord[] {
    const lines = readFileSync(this.path, 'utf8').split('\n').slice(0, -1);
    return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as AuditRecord);
  }

  /** The records that `select` takes, as soon as there are `count`; fewer when the limit is over. */
  async awaited(count: number, select: (record: AuditRecord) => boolean): Promise<AuditRecord[]> {
    for (const end = Date.now() + LIMIT; Date.now() < end; await sleep(100)) {
      const found = this.records().filter(select);
      if (found.length >= count) return found;
    }
    return this.records().filter(select);
  }
}
