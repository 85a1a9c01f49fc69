import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EgressProxySpec, TlsServerName, Upstream } from '../../../src/api/index.ts';
import { enforcedNamespace, ruleSet, runningPod } from '../../integration/support/squid/cluster-objects.ts';
import { SquidStage } from '../../integration/support/squid/squid-stage.ts';
import { tools } from '../tools.ts';
import {
  FEW_SOURCE,
  hostName,
  MANY_SOURCE,
  ORIGIN_HOST,
  PARENT_HOST,
  PEER_PORT,
  PORT,
  peerAddress,
} from './network.ts';
import { askedNames, FEW, MANY, ruleNames } from './rule-names.ts';

/** As SquidStage's Squid and agent run. */
const UID = 65532;
const PEERS = 12;
/** Targets of an EgressRuleSet: the most that one may have. */
const SET_SIZE = 1000;

export interface DataStageOptions {
  upstreams?: Upstream[];
  zone?: Record<string, string[]>;
  limits?: NonNullable<EgressProxySpec['limits']>;
  tlsServerName?: TlsServerName;
}

/** The load comes from one namespace, and what is measured is the proxy. */
const UNLIMITED = {
  requestsPerSecond: 1_000_000,
  connections: 100_000,
  targetsPerNamespace: 100_000,
};

/** Our Squid, relay and agent, the other proxies, and the origin, in one network namespace. */
export class DataStage {
  readonly squid: SquidStage;
  readonly #children: ChildProcess[] = [];
  readonly #hosts: string;

  readonly #zone: Record<string, string[]>;

  /** `upstreams` of the EgressProxy; `zone`: more names, which the rules of the few allow too, on the port of CONNECTs. */
  constructor({ upstreams = [], zone = {}, limits = UNLIMITED, tlsServerName }: DataStageOptions = {}) {
    this.squid = new SquidStage({
      privateDestinations: 'Allow',
      privateCIDRs: ['203.0.113.0/24'],
      limits,
      ...(upstreams.length > 0 && { upstreams }),
      ...(tlsServerName !== undefined && { tlsServerName }),
    });
    const known = Object.fromEntries(ruleNames(MANY).map((name) => [name, [ORIGIN_HOST]]));
    this.#zone = { ...known, ...zone };
    this.#hosts = this.file('hosts', hostsFile([...askedNames(FEW), ...askedNames(MANY)]));
    this.#grant('few', FEW_SOURCE, FEW);
    this.#grant('many', MANY_SOURCE, MANY);
    const more = Object.keys(zone).map((name) => `${name}:${PORT.hold}`);
    if (more.length > 0) this.applyRules('few', 'more', more);
  }

  get netns(): string {
    return `--net=/run/netns/${this.squid.network.name}`;
  }

  async start(): Promise<void> {
    await this.squid.start({ zone: this.#zone });
    await this.squid.setZone(this.#zone, { ttlSeconds: 300 });
    const peers = Array.from({ length: PEERS }, (_, index) => peerAddress(index));
    for (const address of [ORIGIN_HOST, PARENT_HOST, ...peers]) {
      execFileSync('ip', ['-n', this.squid.network.name, 'address', 'add', `${address}/32`, 'dev', 'lo']);
    }
    // Squid closes first towards the origin: its ports must be free again immediately.
    execFileSync('nsenter', [this.netns, 'sysctl', '-qw', 'net.ipv4.tcp_tw_reuse=1']);
    const places = Object.entries(PORT).map(([kind, port]) => `${ORIGIN_HOST}:${port}=${kind}`);
    const origin = this.spawn('origin', [tools.load(), 'origin', ...places]);
    await once(origin.stdout ?? origin, 'data');
  }

  async close(): Promise<void> {
    for (const child of this.#children) child.kill('SIGKILL');
    await this.squid.close();
  }

  /** A folder that Squid's user may write to. */
  folder(name: string): string {
    const folder = join(this.squid.folder, name);
    mkdirSync(folder, { recursive: true });
    chownSync(folder, UID, UID);
    return folder;
  }

  file(name: string, text: string): string {
    const path = join(this.squid.folder, name);
    writeFileSync(path, text);
    return path;
  }

  /** Starts a proxy and waits until it listens; gives its process id. */
  async startProxy(name: string, address: string, command: readonly string[]): Promise<number> {
    const child = this.spawn(name, command);
    for (let tries = 0; tries < 200; tries += 1) {
      if (child.exitCode !== null)
        throw new Error(`${name} has ended:\n${readFileSync(this.#logOf(name), 'utf8')}`);
      if (this.#listens(address)) return child.pid ?? 0;
      await sleep(50);
    }
    throw new Error(`${name} does not listen`);
  }

  spawn(name: string, command: readonly string[]): ChildProcess {
    const user = ['setpriv', `--reuid=${UID}`, `--regid=${UID}`, '--clear-groups', '--pdeathsig', 'KILL'];
    // Proxies without a nameserver of their own find the names in a file: a look-up costs them nothing.
    const hosts = ['unshare', '-m', 'sh', '-c', 'mount --bind "$0" /etc/hosts; exec "$@"', this.#hosts];
    const args = [this.netns, ...hosts, ...user, ...command];
    const log = openSync(this.#logOf(name), 'a');
    const child = spawn('nsenter', args, { stdio: ['ignore', name === 'origin' ? 'pipe' : log, log] });
    closeSync(log);
    this.#children.push(child);
    return child;
  }

  #logOf(name: string): string {
    return join(this.squid.folder, `${name.replaceAll(/\W+/g, '-')}.log`);
  }

  #listens(address: string): boolean {
    const found = execFileSync('nsenter', [this.netns, 'ss', '-Hltn', 'src', `${address}:${PEER_PORT}`]);
    return found.length > 0;
  }

  #grant(namespace: string, ip: string, count: number): void {
    this.squid.apply(enforcedNamespace(namespace));
    this.squid.apply(runningPod({ namespace, name: 'client', ip, labels: { app: 'client' } }));
    const names = ruleNames(count);
    for (let from = 0; from < count; from += SET_SIZE) {
      this.applyRules(
        namespace,
        `names-${from}`,
        names.slice(from, from + SET_SIZE).map((name) => `${name}:${PORT.hold}`),
      );
    }
    this.applyRules(namespace, 'other', [`${hostName(0)}:${PORT.http}`, `${hostName(0)}:${PORT.flood}`]);
  }

  /** Known to the agent a turn of its event loop later. */
  applyRules(namespace: string, name: string, targets: string[]): void {
    this.squid.apply(ruleSet(namespace, targets, name));
  }
}

function hostsFile(names: readonly string[]): string {
  return names.map((name) => `${ORIGIN_HOST} ${name}\n`).join('');
}
