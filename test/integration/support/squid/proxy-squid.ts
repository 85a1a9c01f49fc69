import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, globSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildInSquid, sanitizerLibrary } from '../../../../scripts/build/build-in-squid.ts';
import { agentPorts } from '../../../../src/proxy/index.ts';
import { PROXY_PORT } from './addresses.ts';
import type { NetworkNamespace } from './network-namespace.ts';

const DRAIN = resolve(import.meta.dirname, '../../../../src/launchers/drain');

export interface ProxySquidOptions {
  /** It is started by the launcher `drain`, as in the container. */
  drains?: boolean;
  /** The library in its process ends it at the first fault of memory. Squid is slower with it, and larger. */
  sanitized?: boolean;
}

/** The proxy's Squid with its relays, which Squid starts. */
export class ProxySquid {
  readonly #network: NetworkNamespace;
  readonly #folder: string;
  /** Squid's instance name: letters and digits. */
  readonly service: string;
  readonly #options: ProxySquidOptions;
  /** The launcher, if there is one. */
  #process: ChildProcess | undefined;

  constructor(network: NetworkNamespace, folder: string, options: ProxySquidOptions = {}) {
    this.#network = network;
    this.#folder = folder;
    this.#options = options;
    this.service = network.name.replaceAll('-', '');
  }

  get pid(): number {
    const started = this.#process?.pid ?? 0;
    return this.#options.drains ? (childrenOf(started).find(isSquid) ?? 0) : started;
  }

  /** Resolves when `answers` does; throws with Squid's log after some 10 s. */
  async start(conf: string, answers: () => Promise<boolean>): Promise<void> {
    const file = join(this.#folder, 'squid.conf');
    const logFile = join(this.#folder, 'squid.log');
    writeFileSync(file, conf);
    const log = openSync(logFile, 'a');
    const launcher = this.#options.drains ? [this.#copyOf(DRAIN, 'drain'), `${PROXY_PORT}`] : [];
    const squid = [...launcher, 'squid', '-N', '-n', this.service, '-f', file];
    const command = this.#network.insideAsUser(...squid);
    const env = {
      ...process.env,
      LD_PRELOAD: this.#libraries(),
      // What Squid itself does: it leaks at its end, and deletes objects as another type than it made them.
      ASAN_OPTIONS: 'detect_leaks=0:new_delete_type_mismatch=0',
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

  /** Asks the launcher to end Squid with its last client, as the kubelet does. Resolves with its exit code and signal. */
  async drain(): Promise<[code: number | null, signal: string | null]> {
    const launcher = this.#process;
    if (launcher === undefined || !this.#options.drains) throw new Error('no launcher runs');
    const ended = once(launcher, 'exit');
    launcher.kill('SIGTERM');
    return (await ended) as [number | null, string | null];
  }

  #libraries(): string {
    if (!this.#options.sanitized) return this.#copyOf(buildInSquid('checked'), 'in-squid.so');
    return `${sanitizerLibrary()} ${this.#copyOf(buildInSquid('sanitized'), 'in-squid.so')}`;
  }

  /** A copy that the proxy's user can read. */
  #copyOf(file: string, name: string): string {
    const copy = join(this.#folder, name);
    if (!existsSync(copy)) copyFileSync(file, copy);
    return copy;
  }

  /** Resolves when its relays have ended, too: in the container, src/launchers/drain is the last to end. */
  async stop(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const squid = this.#process;
    if (squid === undefined || squid.exitCode !== null || squid.signalCode !== null) return;
    const { pid } = this;
    // Squid's own, or the launcher's that has not started it yet.
    await this.#ended(() => (pid === 0 ? squid.kill(signal) : process.kill(pid, signal)));
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
    return childrenOf(this.pid);
  }
}

function childrenOf(pid: number): number[] {
  const file = `/proc/${pid}/task/${pid}/children`;
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split(' ').map(Number) : [];
}

function isSquid(pid: number): boolean {
  return commandOf(pid).includes('squid.conf');
}

/** Empty for a process that has ended, reaped or not. */
function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}
