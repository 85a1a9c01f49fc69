import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = '/sys/fs/cgroup';
/** Names of the files: of the unified hierarchy, or of the memory controller's own one. */
const unified = existsSync(join(ROOT, 'cgroup.controllers'));
const [folder, limitFile, peakFile] = unified
  ? [ROOT, 'memory.max', 'memory.peak']
  : [join(ROOT, 'memory'), 'memory.limit_in_bytes', 'memory.max_usage_in_bytes'];

/** A cgroup that limits the memory of its processes, as a container's does. */
export class MemoryGroup {
  readonly #path: string;

  constructor(name: string, limitBytes: number) {
    this.#path = join(folder, name);
    mkdirSync(this.#path, { recursive: true });
    writeFileSync(join(this.#path, limitFile), String(limitBytes));
  }

  /** The file to which a process writes its id to enter. */
  get entrance(): string {
    return join(this.#path, 'cgroup.procs');
  }

  /** The most bytes since the last call. */
  takePeak(): number {
    const path = join(this.#path, peakFile);
    const peak = Number(readFileSync(path, 'utf8'));
    writeFileSync(path, '0');
    return peak;
  }

  /** Its processes must have ended. */
  remove(): void {
    rmdirSync(this.#path);
  }
}
