import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { buildRelay } from '../../../../scripts/build/build-relay.ts';
import { agentPorts, GATE_SOCKET_NAME } from '../../../../src/proxy/index.ts';
import type { NetworkNamespace } from './network-namespace.ts';

/** The proxy's gate, a process beside Squid. */
export class ProxyGate {
  readonly #network: NetworkNamespace;
  readonly #socket: string;
  #process: ChildProcess | undefined;

  constructor(network: NetworkNamespace, folder: string) {
    this.#network = network;
    this.#socket = join(folder, 'run', GATE_SOCKET_NAME);
  }

  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  start(): void {
    const command = [buildRelay(), 'gate', '--socket', this.#socket, '--port', `${agentPorts.gate}`];
    this.#process = spawn('nsenter', this.#network.insideAsUser(...command), {
      stdio: ['ignore', 'inherit', 'inherit'],
    });
  }

  async kill(): Promise<void> {
    const gate = this.#process;
    if (gate === undefined || gate.exitCode !== null || gate.signalCode !== null) return;
    const ended = once(gate, 'exit');
    gate.kill('SIGKILL');
    await ended;
  }
}
