import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, globSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildInSquid } from '../../../../scripts/build/build-in-squid.ts';
import { agentPorts } from '../../../../src/proxy/index.ts';
import type { NetworkNamespace } from './network-namespace.ts';

/** The proxy's Squid with its relays, which Squid starts. */
export class ProxySquid {
  readonly #network: NetworkNamespace;
  readonly #folder: string;
  /** Squid's instance name: letters and digits. */
  readonly service: string;
  #process: ChildProcess | undefined;

  constructor(network: NetworkNamespace, folder: string) {
    this.#network = network;
    this.#folder = folder;
    this.service = network.name.replaceAll('-', '');
  }

  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  /** Resolves when `answers` does; throws with Squid's log after some 10 s. */
  async start(conf: string, answers: () => Promise<boolean>): Promise<void> {
    const file = join(this.#folder, 'squid.conf');
    const logFile = join(this.#folder, 'squid.log');
    writeFileSync(file, conf);
    const log = openSync(logFile, 'a');
    const command = this.#network.insideAsUser('squid', '-N', '-n', this.service, '-f', file);
    const env = {
      ...process.env,
      LD_PRELOAD: this.#library(),
      ACCEPT_LIMIT_FOLDER: join(this.#folder, 'run'),
      HALF_CLOSE_GATE_PORT: `${agentPorts.gate}`,
    };
    this.#process = spawn('nsenter', command, { stdio: ['ignore', log, log], env });
    for (let tries = 0; tries < 100; tries += 1) {
      if (await answers()) return;
      await sleep(100);
    }
    throw new Error(readFileSync(logFile, 'utf8'));
  }

  /** A copy that the proxy's user can read. */
  #library(): string {
    const library = join(this.#folder, 'in-squid.so');
    if (!existsSync(library)) copyFileSync(buildInSquid('checked'), library);
    return library;
  }

  /** Resolves when its relays have ended, too: in the container, src/launchers/drain is the last to end. */
  async stop(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const squid = this.#process;
    if (squid === undefined || squid.exitCode !== null || squid.signalCode !== null) return;
    await this.#ended(() => squid.kill(signal));
  }

  async #ended(end: () => void): Promise<void> {
    const relays = this.#children();
    const ended = this.#process && once(this.#process, 'exit');
    end();
    await ended;
    while (relays.some((pid) => commandOf(pid) !== '')) await sleep(20);
    // Squid's shared memory outlives a killed Squid.
    for (const file of globSync(`/dev/shm/${this.service}-*`)) rmSync(file);
  }

  /**
   * Kills the relay that carries the ACL requests, and waits until Squid has started another. No client may send a
   * request meanwhile: Squid fails an assertion when it has a request for a helper whose end it is about to see.
   */
  async killAclRelay(): Promise<void> {
    const killed = this.#aclRelay();
    if (killed === undefined) throw new Error('no relay runs');
    process.kill(killed, 'SIGKILL');
    for (let next: number | undefined; next === undefined || next === killed; next = this.#aclRelay()) {
      await sleep(20);
    }
  }

  /** Kills the relay that writes the log. Resolves when Squid has ended by itself because of that. */
  async killLogRelay(): Promise<void> {
    const relay = this.#children().find((pid) => commandOf(pid).includes('\0log\0'));
    if (relay === undefined) throw new Error('no log relay runs');
    await this.#ended(() => process.kill(relay, 'SIGKILL'));
  }

  #aclRelay(): number | undefined {
    return this.#children().find((pid) => commandOf(pid).includes('\0acl\0--socket\0'));
  }

  #children(): number[] {
    return readFileSync(`/proc/${this.pid}/task/${this.pid}/children`, 'utf8').trim().split(' ').map(Number);
  }
}

/** Empty for a process that has ended, reaped or not. */
function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}
