import { closeSync, fstatSync, globSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { AuditRecord } from '../../../../src/api/index.ts';
import { stateFolder } from '../state-folder.ts';

/** Every audit line of the proxy's pods, from the kubelet's files: `kubectl logs` shows only the newest of them. */
export function readAuditFiles(proxy = 'squid', namespace = 'egress-proxy'): AuditRecord[] {
  const look = () => filesOf(`${stateFolder}/*/log/pods/${namespace}_${proxy}-*/agent/*`);
  for (;;) {
    const before = look();
    const texts = before.map(({ path }) => textOf(path));
    // The kubelet puts full files aside and packs them: then it is not known which of them was read.
    if (JSON.stringify(look()) === JSON.stringify(before)) return texts.flatMap(recordsIn);
  }
}

/**
 * Audit lines of the proxy's pods from now on, also of pods that are deleted meanwhile: every file is kept open, so that it can
 * be read after the kubelet has removed it.
 */
export class FollowedAuditFiles implements Disposable {
  readonly #held = new Map<number, number>();
  readonly #pattern: string;
  readonly #timer: NodeJS.Timeout;

  constructor(proxy = 'squid', namespace = 'egress-proxy') {
    this.#pattern = `${stateFolder}/*/log/pods/${namespace}_${proxy}-*/agent/*.log*`;
    this.#look();
    this.#timer = setInterval(() => this.#look(), 200);
  }

  /** Packed files are left out: the one that was packed is held. */
  #look(): void {
    for (const { path, inode } of filesOf(this.#pattern))
      if (!path.endsWith('.gz') && !this.#held.has(inode)) this.#hold(path);
  }

  /** The file that has the path now: since it was looked for, the kubelet may have put it aside and begun another one. */
  #hold(path: string): void {
    const file = unlessGone(() => openSync(path, 'r'));
    if (file === undefined) return;
    const { ino } = fstatSync(file);
    if (this.#held.has(ino)) closeSync(file);
    else this.#held.set(ino, file);
  }

  read(): AuditRecord[] {
    this.#look();
    return [...this.#held.values()].flatMap((file) => {
      const text = Buffer.alloc(fstatSync(file).size);
      readSync(file, text, 0, text.length, 0);
      return recordsIn(text.toString());
    });
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    for (const file of this.#held.values()) closeSync(file);
  }
}

/** Complete files: one that is being compressed has another name. */
function filesOf(pattern: string): { path: string; inode: number }[] {
  const paths = globSync(pattern).filter((path) => !path.endsWith('.tmp'));
  const packed = new Set(paths.filter((path) => path.endsWith('.gz')));
  return paths
    .filter((path) => !packed.has(`${path}.gz`))
    .flatMap((path) => {
      const inode = statSync(path, { throwIfNoEntry: false })?.ino;
      return inode === undefined ? [] : [{ path, inode }];
    })
    .sort((a, b) => a.path.localeCompare(b.path));
}

/** Empty for one that has just gone. */
function textOf(path: string): string {
  const bytes = unlessGone(() => readFileSync(path)) ?? Buffer.alloc(0);
  return (path.endsWith('.gz') && bytes.length > 0 ? gunzipSync(bytes) : bytes).toString();
}

/** Undefined if there is no such file any more. */
function unlessGone<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** The last line may be being written. */
const recordsIn = (text: string): AuditRecord[] => text.split('\n').slice(0, -1).flatMap(recordOf);

/** A line of the container runtime: time, stream, F for a whole line, text. */
function recordOf(line: string): AuditRecord[] {
  const [, text] = /^\S+ stdout F (\{"id".*)$/.exec(line) ?? [];
  return text === undefined ? [] : [JSON.parse(text) as AuditRecord];
}
