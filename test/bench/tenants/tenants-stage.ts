import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { label } from '../../../src/api/index.ts';
import { ORIGIN } from '../../integration/support/squid/addresses.ts';
import { enforcedNamespace, ruleSet, runningPod } from '../../integration/support/squid/cluster-objects.ts';
import { SquidStage } from '../../integration/support/squid/squid-stage.ts';
import { ORIGIN_HOST, OURS, PORT } from '../data/network.ts';
import { type LoadReport, runLoad } from '../load.ts';
import { tools } from '../tools.ts';
import { AHEAD, LimitedNetwork } from './limited-network.ts';
import type { FloodName } from './rule-set-floods.ts';

export const VICTIM = '10.244.9.1';
/** Pods of the attacker's namespace. */
export const HOSTILE = Array.from({ length: 30 }, (_, index) => `10.244.10.${index + 1}`);
export const HOSTILE_NAMESPACE = 'hostile';
/** Where the attacker's own server listens and never reads. */
export const SINK = `${ORIGIN_HOST}:9999`;
/** Answers each request immediately, and is no proxy. */
export const BARE_SERVER = `${ORIGIN_HOST}:${PORT.http}`;
const FLOODING_API_SERVER = { host: ORIGIN_HOST, port: '6443' };
/** Where an attack goes. */
export type Place = 'proxy' | 'elsewhere';
const VICTIM_PER_SECOND = 200;
const VICTIM_CLIENTS = 4;
const victimNames = Array.from({ length: 10 }, (_, index) => `v${index}.victim.example.org`);

/** A proxy pod's processes with their default limits, a victim and an attacker in namespaces of their own. */
export class TenantsStage {
  readonly network = new LimitedNetwork(`ke-bench-${process.pid}`);
  readonly squid = new SquidStage(
    { privateDestinations: 'Allow', privateCIDRs: ['203.0.113.0/24'] },
    { network: this.network },
  );
  readonly #children = new Set<ChildProcess>();

  async start(): Promise<void> {
    this.#addNamespace('victim', [VICTIM], [`*.victim.example.org:${PORT.hold}`]);
    const rules = [`*.hostile.example.org:${PORT.hold}`, `*.silent.example.org:${PORT.hold}`, SINK];
    this.#addNamespace(HOSTILE_NAMESPACE, HOSTILE, rules);
    const names = [...victimNames, 'x.hostile.example.org'];
    const zone = {
      ...Object.fromEntries(names.map((name) => [name, [ORIGIN_HOST]])),
      ...{ '*.silent.example.org': ['SILENT'], 'unused.example.org': [ORIGIN] },
    };
    await this.squid.start({ zone });
    await this.squid.setZone(zone, { ttlSeconds: 300 });
    for (const address of [ORIGIN_HOST, VICTIM, ...HOSTILE]) {
      execFileSync('ip', ['-n', this.network.name, 'address', 'add', `${address}/32`, 'dev', 'lo']);
    }
    execFileSync('nsenter', this.network.inside('sysctl', '-qw', 'net.ipv4.tcp_tw_reuse=1'));
    const origin = this.spawn([
      ...AHEAD,
      tools.load(),
      'origin',
      `${ORIGIN_HOST}:${PORT.hold}=hold`,
      `${BARE_SERVER}=http`,
    ]);
    await once(origin.stdout ?? origin, 'data');
  }

  async close(): Promise<void> {
    for (const child of this.#children) child.kill('SIGKILL');
    await this.squid.close();
  }

  /** Whether Squid and agent are the processes of the start. */
  get isIntact(): boolean {
    return [this.squid.squid.pid, this.squid.agent.pid].every((pid) => {
      try {
        return process.kill(pid, 0);
      } catch {
        return false;
      }
    });
  }

  spawn(command: readonly string[]): ChildProcess {
    const child = spawn('nsenter', this.network.inside(...command), { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#children.add(child);
    child.once('exit', () => this.#children.delete(child));
    return child;
  }

  /**
   * A process of the attacker. An attacker elsewhere takes no processor from the proxy: this one gets only what all others
   * leave.
   */
  spawnAttack(command: readonly string[]): ChildProcess {
    return this.spawn(['chrt', '--idle', '0', ...command]);
  }

  #spawnScript(name: string, args: readonly string[]): ChildProcess {
    return this.spawnAttack([process.execPath, join(import.meta.dirname, name), ...args]);
  }

  file(name: string, text: string): string {
    const path = join(this.squid.folder, name);
    writeFileSync(path, text);
    return path;
  }

  /** The victim's tunnels, opened at a fixed pace. */
  async victim(seconds: number): Promise<LoadReport> {
    const targets = this.file('victim-targets', victimNames.map((name) => `${name}:${PORT.hold}\n`).join(''));
    return runLoad({
      kind: 'connect',
      clients: VICTIM_CLIENTS,
      length: seconds,
      inside: `--net=/run/netns/${this.network.name}`,
      ahead: AHEAD,
      mayFail: true,
      flags: { proxy: OURS, sources: VICTIM, targets, rate: String(VICTIM_PER_SECOND) },
    });
  }

  /** The API server to which the attacker writes rule sets; the agent watches it, or a process that drops them. */
  async flood(at: Place, flood: FloodName): Promise<ChildProcess> {
    const { host, port } = FLOODING_API_SERVER;
    const server = this.#spawnScript('flooding-api-server.ts', [host, port, flood, HOSTILE_NAMESPACE]);
    await once(server.stdout ?? server, 'data');
    const url = `http://${host}:${port}`;
    if (at === 'proxy') await this.squid.agent.ask({ watch: url });
    else this.#spawnScript('object-sink.ts', [url]);
    return server;
  }

  /** Blocks the attacker's namespace, as an operator's kubectl does. */
  block(): Promise<void> {
    const { kind, apiVersion, metadata } = enforcedNamespace(HOSTILE_NAMESPACE);
    return this.squid.apply({
      kind,
      apiVersion,
      metadata: { ...metadata, labels: { ...metadata.labels, [label.mode]: 'blocked' } },
    });
  }

  #addNamespace(name: string, addresses: readonly string[], targets: string[]): void {
    void this.squid.apply(enforcedNamespace(name));
    for (const [index, ip] of addresses.entries())
      void this.squid.apply(
        runningPod({ namespace: name, name: `pod-${index}`, ip, labels: { app: 'client' } }),
      );
    void this.squid.apply(ruleSet(name, targets));
  }
}

/** Resolves when the process has ended. */
export async function end(child: ChildProcess, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill(signal);
  await ended;
}
