import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { API_VERSION, type EgressProxy } from '../../../../src/api/index.ts';
import type { KubeObject } from '../../../../src/kube/index.ts';
import { knownUpstreams } from '../../../../src/proxy/index.ts';
import { nodeFlags } from '../node-flags.ts';
import type { AgentMessage } from './agent-process.ts';
import { IpcProcess } from './ipc-process.ts';
import type { NetworkNamespace } from './network-namespace.ts';

const SCRIPT = join(import.meta.dirname, 'agent-process.ts');
/** As in the image, for memory and pauses; source maps would be for bundles. */
const NODE_FLAGS = nodeFlags('agent').filter((flag) => flag !== '--enable-source-maps');

/** The proxy's agent. Its objects come from `apply` and `remove` instead of an API server. */
export class ProxyAgent {
  readonly #network: NetworkNamespace;
  readonly #folder: string;
  readonly #proxy: EgressProxy;
  readonly #objects = new Map<string, KubeObject>();
  #version = 0;
  #process: IpcProcess<AgentMessage> | undefined;

  constructor(network: NetworkNamespace, folder: string, proxy: EgressProxy) {
    this.#network = network;
    this.#folder = folder;
    this.#proxy = proxy;
  }

  get pid(): number {
    return this.#process?.child.pid ?? 0;
  }

  /** Resolves when the running agent has it. An agent that is started later gets it, too. */
  async apply(object: Omit<KubeObject, 'apiVersion'> & { apiVersion?: string }): Promise<void> {
    const key = keyOf(object.kind, object.metadata.namespace, object.metadata.name);
    this.#version += 1;
    const uid = object.metadata.uid ?? key;
    const served = {
      apiVersion: API_VERSION,
      ...object,
      metadata: {
        generation: this.#version,
        ...object.metadata,
        uid,
        resourceVersion: String(this.#version),
      },
    };
    this.#objects.set(key, served);
    await this.#notify({ apply: served });
  }

  /** Resolves when the running agent has dropped it. */
  async remove(kind: string, namespace: string, name: string): Promise<void> {
    const key = keyOf(kind, namespace, name);
    const object = this.#objects.get(key);
    this.#objects.delete(key);
    if (object !== undefined) await this.#notify({ remove: object });
  }

  async #notify(message: AgentMessage): Promise<void> {
    const agent = this.#process;
    if (agent === undefined || agent.hasEnded) return;
    await agent.ask(message).catch((error) => {
      if (!agent.hasEnded) throw error;
    });
  }

  /** Resolves when it answers. `stdout` is the path of a pipe. */
  async start(stdout: string, { reachable = true, accessLog = '' } = {}): Promise<void> {
    // Opened for reading and writing, since opening a pipe for writing waits for a reader.
    const audit = openSync(stdout, 'r+');
    const log = openSync(this.#logFile, 'a');
    const upstreams = knownUpstreams(this.#proxy).map(({ name, host, port }) => ({ name, host, port }));
    const args = [...NODE_FLAGS, SCRIPT, this.#folder, accessLog, JSON.stringify(upstreams)];
    const child = spawn('nsenter', this.#network.insideAsUser(process.execPath, ...args), {
      stdio: ['ignore', audit, log, 'ipc'],
      // Half of a start is compiling the sources: the first agent does it for the others.
      env: { ...process.env, NODE_COMPILE_CACHE: join(this.#folder, 'compiled') },
    });
    this.#process = new IpcProcess(child);
    await this.#process.ask({ objects: [...this.#objects.values()], reachable }).catch((cause) => {
      throw new Error(this.log(), { cause });
    });
  }

  async kill(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const agent = this.#process;
    if (agent === undefined || agent.hasEnded) return;
    const ended = once(agent.child, 'exit');
    agent.child.kill(signal);
    await ended;
  }

  ask(message: AgentMessage): Promise<unknown> {
    if (this.#process === undefined) throw new Error('no agent runs');
    return this.#process.ask(message);
  }

  /** Value of a metric without labels; its name without the prefix. */
  async metric(name: string): Promise<number> {
    const text = (await this.ask('metrics')) as string;
    const [, value] = new RegExp(`^kube_egress_${name} (\\S+)$`, 'm').exec(text) ?? [];
    if (value === undefined) throw new Error(`there is no metric ${name}`);
    return Number(value);
  }

  log(): string {
    return readFileSync(this.#logFile, 'utf8');
  }

  get #logFile(): string {
    return join(this.#folder, 'agent.log');
  }
}

const keyOf = (kind: string, namespace: string | undefined, name: string) =>
  `${kind} ${namespace ?? ''}/${name}`;
