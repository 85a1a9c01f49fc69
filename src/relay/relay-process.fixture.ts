import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { buildRelay } from '../../scripts/build/build-relay.ts';

/**
 * The relay as Squid starts it, compiled with checks of memory and undefined behaviour: a fault ends it with a report.
 */
export class RelayProcess {
  heard = '';
  complaints = '';
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  /** Exit code, after all output has been read. */
  readonly #ended: Promise<number | null>;

  constructor(...args: string[]) {
    this.#child = spawn(buildRelay('checked'), args, { stdio: ['pipe', 'pipe', 'pipe'] });
    this.#ended = once(this.#child, 'close').then(([code]) => code as number | null);
    // A write after its end fails; the test notices by other means.
    this.#child.stdin.on('error', () => {});
    this.#child.stdout.setEncoding('latin1').on('data', (chunk: string) => {
      this.heard += chunk;
    });
    this.#child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      this.complaints += chunk;
    });
  }

  say(text: string): void {
    this.#child.stdin.write(text, 'latin1');
  }

  /** Resolves once the relay has taken the bytes. */
  async sayAll(bytes: Buffer): Promise<void> {
    if (!this.#child.stdin.write(bytes)) await once(this.#child.stdin, 'drain');
  }

  /** Closes stdin as a Squid that ends does, and returns the exit code. */
  hangUp(): Promise<number | null> {
    this.#child.stdin.end();
    return this.#ended;
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }
}
