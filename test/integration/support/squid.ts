import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildRelay } from '../../../scripts/build/build-relay.ts';
import {
  API_VERSION,
  type AuditRecord,
  type EgressProxy,
  type EgressProxySpec,
  type UpstreamReport,
} from '../../../src/api/index.ts';
import type { KubeObject } from '../../../src/kube/index.ts';
import {
  knownUpstreams,
  renderErrorPages,
  renderSquidConf,
  type SquidPaths,
} from '../../../src/proxy/index.ts';
import { RawClient } from '../../support/attacks/raw-client.ts';
import {
  ELSEWHERE,
  INSIDE,
  NAMESERVER,
  ORIGIN,
  PARENTS,
  POD_RANGE,
  PODS,
  PROXY,
  PROXY_PORT,
  STRANGER,
} from './squid/addresses.ts';
import type { AgentMessage } from './squid/agent-process.ts';
import { AskedProcess } from './squid/asked-process.ts';
import type { Arrival, InternetMessage, Zone } from './squid/internet-process.ts';
import type { Load, LoadReport } from './squid/load-process.ts';
import { ParentSquid } from './squid/parent-squid.ts';

/** As in the image. */
const UID = 65532;
/** Milliseconds until what is missing in the audit log is missed: a test fails then, and none waits for it. */
const AUDITED = 45_000;
const ROOT = resolve(import.meta.dirname, '../../..');
const part = (name: string) => join(import.meta.dirname, 'squid', `${name}.ts`);

export interface CurlResult {
  stdout: string;
  stderr: string;
  code: number | null;
}

/**
 * The real Squid with its relays, an agent, clients and an internet simulator, all in a network namespace of the test's own: no
 * packet leaves the machine. The agent's knowledge comes from `apply` and `remove` instead of an API server.
 */
export class SquidStage {
  readonly namespace = `ke-test-${process.pid}`;
  /** Squid's instance name: letters and digits. */
  readonly #service = this.namespace.replaceAll('-', '');
  readonly folder = mkdtempSync(join(tmpdir(), 'squid-stage-'));
  readonly proxy: EgressProxy;
  readonly #paths: SquidPaths;
  readonly #objects = new Map<string, KubeObject>();
  #version = 0;
  #internet: AskedProcess<InternetMessage> | undefined;
  #squid: ChildProcess | undefined;
  #agent: AskedProcess<AgentMessage> | undefined;
  #collector: ChildProcess | undefined;
  readonly #extraConf: string;

  /** `extraConf`: more lines of squid.conf; `{folder}` stands for the internet simulator's folder. */
  constructor(spec: EgressProxySpec, { extraConf = '' } = {}) {
    this.proxy = {
      apiVersion: API_VERSION,
      kind: 'EgressProxy',
      metadata: {
        name: 'squid',
        namespace: 'egress-proxy',
        annotations: { 'egress.zalando.org/is-default-proxy': 'true' },
      },
      spec,
      status: { discovered: { podCIDRs: [POD_RANGE] } },
    };
    const relay = buildRelay();
    this.#paths = {
      relay,
      logDaemon: this.#script('log-daemon', `exec ${relay} log "$@"`),
      errorPages: join(this.folder, 'errors'),
      socket: join(this.folder, 'run', 'agent.sock'),
      logFolder: join(this.folder, 'run', 'log'),
      upstreamCertificates: this.folder,
    };
    for (const folder of ['run', 'state', 'errors']) mkdirSync(join(this.folder, folder));
    for (const folder of ['run', 'state', '.']) chownSync(join(this.folder, folder), UID, UID);
    for (const [name, page] of Object.entries(renderErrorPages())) {
      writeFileSync(join(this.#paths.errorPages, name), page);
    }
    this.#extraConf = extraConf.replaceAll('{folder}', this.folder);
    void this.apply(this.proxy);
  }

  async start({ zone }: { zone?: Zone } = {}): Promise<void> {
    this.#addNetwork();
    const internet = spawn('nsenter', this.#inside(process.execPath, part('internet-process')), {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.#internet = new AskedProcess(internet);
    await this.#tellInternet('listening');
    if (zone !== undefined) await this.setZone(zone);
    this.#startCollector();
    await this.startAgent();
    await this.#startSquid();
  }

  async close(): Promise<void> {
    await this.stopSquid('SIGKILL');
    await this.killAgent('SIGKILL');
    this.#internet?.child.kill('SIGKILL');
    this.#collector?.kill('SIGKILL');
    execFileSync('ip', ['netns', 'del', this.namespace]);
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Resolves when the agent knows it. One that is started later is told of it, too. */
  async apply(object: Omit<KubeObject, 'apiVersion'> & { apiVersion?: string }): Promise<void> {
    const { kind, metadata } = object;
    const key = `${kind} ${metadata.namespace ?? ''}/${metadata.name}`;
    this.#version += 1;
    const uid = metadata.uid ?? key;
    const served = {
      apiVersion: API_VERSION,
      ...object,
      metadata: { generation: this.#version, ...metadata, uid, resourceVersion: String(this.#version) },
    };
    this.#objects.set(key, served);
    await this.#tellAgent({ apply: served });
  }

  /** Resolves when the agent knows that it is gone. */
  async remove(kind: string, namespace: string, name: string): Promise<void> {
    const key = `${kind} ${namespace}/${name}`;
    const object = this.#objects.get(key);
    this.#objects.delete(key);
    if (object !== undefined) await this.#tellAgent({ remove: object });
  }

  async #tellAgent(message: AgentMessage): Promise<void> {
    const agent = this.#agent;
    if (agent === undefined || agent.hasEnded) return;
    await agent.ask(message).catch((error) => {
      if (!agent.hasEnded) throw error;
    });
  }

  /** Resolves when the agent answers. */
  async startAgent({ reachable = true, accessLog = '' } = {}): Promise<void> {
    // Both ends, so that opening it waits for nobody.
    const audit = openSync(this.#auditPipe, 'r+');
    const log = openSync(join(this.folder, 'agent.log'), 'a');
    const child = spawn(
      'nsenter',
      this.#inside(
        ...this.#asUser(
          process.execPath,
          part('agent-process'),
          this.folder,
          accessLog,
          this.#knownUpstreams(),
        ),
      ),
      {
        stdio: ['ignore', audit, log, 'ipc'],
        // Half of what a start takes is reading the sources; the first leaves it to the others.
        env: { ...process.env, NODE_COMPILE_CACHE: join(this.folder, 'compiled') },
      },
    );
    this.#agent = new AskedProcess(child);
    await this.#agent.ask({ objects: [...this.#objects.values()], reachable }).catch((cause) => {
      throw new Error(this.agentLog(), { cause });
    });
  }

  async killAgent(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const agent = this.#agent;
    if (agent === undefined || agent.hasEnded) return;
    const ended = once(agent.child, 'exit');
    agent.child.kill(signal);
    await ended;
  }

  /** Resolves when its relays have ended, too: as src/launchers/drain, which is the last to go in the container. */
  async stopSquid(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const squid = this.#squid;
    if (squid === undefined || squid.exitCode !== null || squid.signalCode !== null) return;
    const relays = this.#squidChildren();
    const ended = once(squid, 'exit');
    squid.kill(signal);
    await ended;
    while (relays.some((pid) => commandOf(pid) !== '')) await sleep(20);
    // Squid's shared memory outlives a killed Squid.
    for (const file of globSync(`/dev/shm/${this.#service}-*`)) rmSync(file);
  }

  get squidPid(): number {
    return this.#squid?.pid ?? 0;
  }

  get agentPid(): number {
    return this.#agent?.child.pid ?? 0;
  }

  /**
   * Kills the relay that carries the questions, and waits until Squid has started another. Nobody may ask meanwhile: a
   * Squid 5 that has a question for a helper of which it is just about to see the end fails an assertion.
   */
  async killAclRelay(): Promise<void> {
    const killed = this.#aclRelay();
    if (killed === undefined) throw new Error('no relay runs');
    process.kill(killed, 'SIGKILL');
    for (let next: number | undefined; next === undefined || next === killed; next = this.#aclRelay()) {
      await sleep(20);
    }
  }

  #aclRelay(): number | undefined {
    return this.#squidChildren().find((pid) => commandOf(pid).includes('\0acl\0--socket\0'));
  }

  #squidChildren(): number[] {
    const squid = this.#squid?.pid;
    return readFileSync(`/proc/${squid}/task/${squid}/children`, 'utf8').trim().split(' ').map(Number);
  }

  async setZone(zone: Zone, { ttlSeconds = 1 } = {}): Promise<void> {
    await this.#tellInternet({ zone, ttlSeconds });
  }

  /** What the nameserver outside has been asked since the last call. */
  async queries(): Promise<string[]> {
    return (await this.#tellInternet('queries')) as string[];
  }

  /** What the servers outside, and the one inside, have read since the last call. */
  async arrivals(): Promise<Arrival[]> {
    return (await this.#tellInternet('arrivals')) as Arrival[];
  }

  /** A client in the pod with this address that sends raw bytes (test/support/attacks/raw-client.ts). */
  rawClient(source: string, { quietMs }: { quietMs: number }): RawClient {
    const script = join(ROOT, 'test/support/attacks/raw-client.mjs');
    const options = { host: PROXY, port: PROXY_PORT, localAddress: source, quietMs, concurrency: 32 };
    const command = this.#inside(process.execPath, script, JSON.stringify(options));
    return new RawClient(spawn('nsenter', command, { stdio: ['pipe', 'pipe', 'inherit'] }));
  }

  /** curl in the pod with this address. */
  async curl(source: string, ...args: string[]): Promise<CurlResult> {
    const common = ['-sS', '-m', '40', '--interface', source, '-x', `http://${PROXY}:${PROXY_PORT}`];
    const child = spawn('nsenter', this.#inside('curl', ...common, ...args));
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    const [code] = (await once(child, 'close')) as [number | null];
    return { stdout, stderr, code };
  }

  async load(load: Load): Promise<LoadReport> {
    const child = spawn(
      'nsenter',
      this.#inside(process.execPath, part('load-process'), JSON.stringify(load)),
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    let stdout = '';
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    await once(child, 'close');
    return JSON.parse(stdout) as LoadReport;
  }

  get auditPath(): string {
    return join(this.folder, 'audit.jsonl');
  }

  /** Whole lines: the collector may be writing the last one. */
  audit(): AuditRecord[] {
    const lines = readFileSync(this.auditPath, 'utf8').split('\n').slice(0, -1);
    return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as AuditRecord);
  }

  /** The audit lines that `select` takes, as soon as there are so many. */
  async audited(count: number, select: (record: AuditRecord) => boolean): Promise<AuditRecord[]> {
    for (const until = Date.now() + AUDITED; Date.now() < until; await sleep(100)) {
      const found = this.audit().filter(select);
      if (found.length >= count) return found;
    }
    return this.audit().filter(select);
  }

  /** Starts a Squid that plays a parent; it resolves by itself and logs to `<name>.log` in the folder. */
  async startParent(name: string, lines: readonly string[]): Promise<ParentSquid> {
    const parent = new ParentSquid({
      name,
      lines,
      folder: this.folder,
      service: `${this.#service}${name}`,
      run: (...command) => this.#inside(...this.#asUser(...command)),
    });
    await parent.start();
    return parent;
  }

  /** A request to the agent's own API is answered here as it would be over TLS. */
  async upstreams(): Promise<UpstreamReport> {
    return (await this.#askAgent('upstreams')) as UpstreamReport;
  }

  /** What a metric of the agent's without labels says now; its name without the prefix. */
  async metric(name: string): Promise<number> {
    const text = (await this.#askAgent('metrics')) as string;
    const [, value] = new RegExp(`^kube_egress_${name} (\\S+)$`, 'm').exec(text) ?? [];
    if (value === undefined) throw new Error(`there is no metric ${name}`);
    return Number(value);
  }

  #askAgent(message: AgentMessage): Promise<unknown> {
    if (this.#agent === undefined) throw new Error('no agent runs');
    return this.#agent.ask(message);
  }

  #knownUpstreams(): string {
    return JSON.stringify(knownUpstreams(this.proxy).map(({ name, host, port }) => ({ name, host, port })));
  }

  agentLog(): string {
    return readFileSync(join(this.folder, 'agent.log'), 'utf8');
  }

  async #tellInternet(message: InternetMessage): Promise<unknown> {
    if (this.#internet === undefined) throw new Error('the internet simulator is not there yet');
    return this.#internet.ask(message);
  }

  /** The reader at the other end of the agent's stdout, for as long as a test wants it to stand still. */
  pauseCollector(): void {
    this.#collector?.kill('SIGSTOP');
  }

  resumeCollector(): void {
    this.#collector?.kill('SIGCONT');
  }

  get #auditPipe(): string {
    return join(this.folder, 'audit.pipe');
  }

  /** As a container runtime does: a pipe that is the container's, whoever writes into it. */
  #startCollector(): void {
    execFileSync('mkfifo', [this.#auditPipe]);
    chownSync(this.#auditPipe, UID, UID);
    const [from, to] = [openSync(this.#auditPipe, 'r+'), openSync(this.auditPath, 'a')];
    this.#collector = spawn('cat', { stdio: [from, to, 'inherit'] });
  }

  async #startSquid(): Promise<void> {
    const conf = join(this.folder, 'squid.conf');
    writeFileSync(conf, `${renderSquidConf(this.proxy, this.#paths)}\n${this.#extraConf}\n`);
    const log = openSync(join(this.folder, 'squid.log'), 'a');
    const command = this.#asUser('squid', '-N', '-n', this.#service, '-f', conf);
    this.#squid = spawn('nsenter', this.#inside(...command), { stdio: ['ignore', log, log] });
    for (let tries = 0; tries < 100; tries += 1) {
      const { stderr } = await this.curl(PODS[0] ?? '', 'http://not.allowed.example/');
      if (!stderr.includes('Failed to connect')) return;
      await sleep(100);
    }
    throw new Error(readFileSync(join(this.folder, 'squid.log'), 'utf8'));
  }

  #addNetwork(): void {
    const ip = (...args: string[]) => execFileSync('ip', ['-n', this.namespace, ...args]);
    execFileSync('ip', ['netns', 'add', this.namespace]);
    ip('link', 'set', 'lo', 'up');
    for (const address of [ORIGIN, ELSEWHERE, NAMESERVER, INSIDE, PROXY, STRANGER, ...PARENTS, ...PODS]) {
      ip('address', 'add', `${address}/32`, 'dev', 'lo');
    }
    const settings = ['net.ipv4.ip_unprivileged_port_start=0', 'net.ipv4.ip_local_port_range=1024 65000'];
    for (const setting of settings) execFileSync('nsenter', this.#inside('sysctl', '-qw', setting));
  }

  #inside(...command: string[]): string[] {
    return [`--net=/run/netns/${this.namespace}`, ...command];
  }

  #asUser(...command: string[]): string[] {
    return ['setpriv', `--reuid=${UID}`, `--regid=${UID}`, '--clear-groups', ...command];
  }

  #script(name: string, command: string): string {
    const file = join(this.folder, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `#!/bin/sh\n${command}\n`);
    chmodSync(file, 0o755);
    return file;
  }
}

/** Empty for a process that has ended, waited for or not. */
function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}
