import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, openSync, readFileSync } from 'node:fs';

const SETPRIV = '/usr/bin/setpriv';

/** A process of a test's own. It is killed with the process that started it, however that one ends. */
export class Child {
  readonly #process: ChildProcess;
  readonly #name: string;
  readonly #log: string;

  /** Its output goes to the file `log`. */
  constructor(name: string, command: string, args: readonly string[], log: string) {
    this.#name = name;
    this.#log = log;
    const output = openSync(log, 'a');
    const tied = existsSync(SETPRIV) ? [SETPRIV, '--pdeathsig', 'KILL', command] : [command];
    const [program = command, ...before] = tied;
    this.#process = spawn(program, [...before, ...args], { stdio: ['ignore', output, output] });
    process.once('exit', () => this.#process.kill('SIGKILL'));
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  /** Throws, with the end of its output, when it has ended by itself. */
  assertRunning(): void {
    if (this.#process.exitCode === null && this.#process.signalCode === null) return;
    const tail = readFileSync(this.#log, 'utf8').split('\n').slice(-20).join('\n');
    throw new Error(`${this.#name} has ended:\n${tail}`);
  }

  async kill(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const ended = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await ended;
  }
}
