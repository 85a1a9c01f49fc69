import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { buildRelay } from '../../../../scripts/build/build-relay.ts';
import {
  API_VERSION,
  type AuditRecord,
  type EgressProxy,
  type EgressProxySpec,
  type UpstreamReport,
} from '../../../../src/api/index.ts';
import { renderErrorPages, renderSquidConf, type SquidPaths } from '../../../../src/proxy/index.ts';
import type { Readiness } from '../../../../src/telemetry/index.ts';
import { RawClient } from '../../../support/attacks/raw-client.ts';
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
} from './addresses.ts';
import { AuditOutput } from './audit-output.ts';
import type { Arrival, InternetMessage, Zone } from './internet-process.ts';
import { IpcProcess } from './ipc-process.ts';
import type { Load, LoadReport } from './load-process.ts';
import { NetworkNamespace, UID } from './network-namespace.ts';
import { ParentSquid } from './parent-squid.ts';
import { ProxyAgent } from './proxy-agent.ts';
import { ProxyGate } from './proxy-gate.ts';
import { ProxySquid, type ProxySquidOptions } from './proxy-squid.ts';

const ADDRESSES = [ORIGIN, ELSEWHERE, NAMESERVER, INSIDE, PROXY, STRANGER, ...PARENTS, ...PODS];
const ROOT = resolve(import.meta.dirname, '../../../..');
const script = (name: string) => join(import.meta.dirname, `${name}.ts`);

export interface CurlResult {
  stdout: string;
  stderr: string;
  code: number | null;
}

/** The real Squid with its relays, an agent, clients and an internet simulator, in a network namespace of their own. */
export class SquidStage {
  readonly network: NetworkNamespace;
  readonly folder = mkdtempSync(join(tmpdir(), 'squid-stage-'));
  readonly proxy: EgressProxy;
  readonly squid: ProxySquid;
  readonly gate: ProxyGate;
  readonly agent: ProxyAgent;
  readonly output: AuditOutput;
  readonly #paths: SquidPaths;
  readonly #extraConf: string;
  #internet: IpcProcess<InternetMessage> | undefined;

  /** `extraConf`: more lines of squid.conf, in which `{folder}` is replaced by the stage's folder. */
  constructor(
    spec: EgressProxySpec,
    {
      extraConf = '',
      network = new NetworkNamespace(`ke-test-${process.pid}`),
      ...options
    }: { extraConf?: string; network?: NetworkNamespace } & ProxySquidOptions = {},
  ) {
    this.network = network;
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
    this.squid = new ProxySquid(this.network, this.folder, options);
    this.gate = new ProxyGate(this.network, this.folder);
    this.agent = new ProxyAgent(this.network, this.folder, this.proxy);
    this.output = new AuditOutput(this.folder);
    this.#paths = preparePaths(this.folder);
    this.#extraConf = extraConf.replaceAll('{folder}', this.folder);
    void this.apply(this.proxy);
  }

  async start({ zone }: { zone?: Zone } = {}): Promise<void> {
    this.network.add(ADDRESSES);
    const internet = spawn('nsenter', this.network.inside(process.execPath, script('internet-process')), {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.#internet = new IpcProcess(internet);
    await this.#internet.ask('listening');
    if (zone !== undefined) await this.setZone(zone);
    this.output.start();
    await this.startAgent();
    await this.startSquid();
  }

  async startSquid(): Promise<void> {
    if (this.gate.pid === 0) this.gate.start();
    const conf = `${renderSquidConf(this.proxy, this.#paths)}\n${this.#extraConf}\n`;
    await this.squid.start(conf, async () => {
      const { stderr } = await this.curl(PODS[0] ?? '', 'http://not.allowed.example/');
      return !stderr.includes('Failed to connect');
    });
  }

  async close(): Promise<void> {
    await this.stopSquid('SIGKILL');
    await this.gate.kill();
    await this.killAgent('SIGKILL');
    this.#internet?.child.kill('SIGKILL');
    this.output.signal('SIGKILL');
    this.network.remove();
    rmSync(this.folder, { recursive: true, force: true });
  }

  apply: ProxyAgent['apply'] = (object) => this.agent.apply(object);
  remove: ProxyAgent['remove'] = (...names) => this.agent.remove(...names);
  killAgent: ProxyAgent['kill'] = (signal) => this.agent.kill(signal);
  metric: ProxyAgent['metric'] = (name) => this.agent.metric(name);
  stopSquid: ProxySquid['stop'] = (signal) => this.squid.stop(signal);

  /** Resolves when the agent answers. */
  startAgent(options: { reachable?: boolean; accessLog?: string } = {}): Promise<void> {
    return this.agent.start(this.output.pipe, options);
  }

  async setZone(zone: Zone, { ttlSeconds = 1 } = {}): Promise<void> {
    await this.#askInternet({ zone, ttlSeconds });
  }

  /** Names that the nameserver outside was asked for since the last call. */
  async queries(): Promise<string[]> {
    return (await this.#askInternet('queries')) as string[];
  }

  /** What the servers outside, and the one inside, have read since the last call. */
  async arrivals(): Promise<Arrival[]> {
    return (await this.#askInternet('arrivals')) as Arrival[];
  }

  /** Has the counting server give the answers that it holds back (`?`); resolves with their number. */
  async answer(): Promise<number> {
    return (await this.#askInternet('answer')) as number;
  }

  async #askInternet(message: InternetMessage): Promise<unknown> {
    if (this.#internet === undefined) throw new Error('the internet simulator is not started');
    return this.#internet.ask(message);
  }

  /** A client in the pod with this address that sends raw bytes (test/support/attacks/raw-client.ts). */
  rawClient(source: string, { quietMs }: { quietMs: number }): RawClient {
    const client = join(ROOT, 'test/support/attacks/raw-client.mjs');
    const options = { host: PROXY, port: PROXY_PORT, localAddress: source, quietMs, concurrency: 32 };
    const command = this.network.inside(process.execPath, client, JSON.stringify(options));
    return new RawClient(spawn('nsenter', command, { stdio: ['pipe', 'pipe', 'inherit'] }));
  }

  /** curl in the pod with this address. */
  async curl(source: string, ...args: string[]): Promise<CurlResult> {
    const common = ['-sS', '-m', '40', '--interface', source, '-x', `http://${PROXY}:${PROXY_PORT}`];
    const child = spawn('nsenter', this.network.inside('curl', ...common, ...args));
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
    const command = this.network.inside(process.execPath, script('load-process'), JSON.stringify(load));
    const child = spawn('nsenter', command, { stdio: ['ignore', 'pipe', 'inherit'] });
    let stdout = '';
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    await once(child, 'close');
    return JSON.parse(stdout) as LoadReport;
  }

  /** Number of requests in the agent's file of open requests. */
  savedOpenRequests(): number {
    const file = join(this.folder, 'state', 'open-requests.jsonl');
    // A header, and a last line with their number.
    return existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n').length - 2 : 0;
  }

  audit(): AuditRecord[] {
    return this.output.records();
  }

  /** The audit records that `select` takes, as soon as there are `count`. */
  audited(count: number, select: (record: AuditRecord) => boolean): Promise<AuditRecord[]> {
    return this.output.awaited(count, select);
  }

  /** The agent's answer to GET /v1/upstreams, without TLS. */
  async upstreams(): Promise<UpstreamReport> {
    return (await this.agent.ask('upstreams')) as UpstreamReport;
  }

  /** The agent's answer to GET /readyz/squid. */
  async squidReadiness(): Promise<Readiness> {
    return (await this.agent.ask('squidReadiness')) as Readiness;
  }

  /** Starts a Squid that plays a parent; it resolves names by itself and logs to `<name>.log` in the folder. */
  async startParent(name: string, lines: readonly string[]): Promise<ParentSquid> {
    const parent = new ParentSquid({
      name,
      lines,
      folder: this.folder,
      service: `${this.squid.service}${name}`,
      run: (...command) => this.network.insideAsUser(...command),
    });
    await parent.start();
    return parent;
  }
}

/** The files and folders that squid.conf names. */
function preparePaths(folder: string): SquidPaths {
  for (const name of ['run', 'state', 'errors']) mkdirSync(join(folder, name));
  for (const name of ['run', 'state', '.']) chownSync(join(folder, name), UID, UID);
  const errorPages = join(folder, 'errors');
  for (const [name, page] of Object.entries(renderErrorPages())) writeFileSync(join(errorPages, name), page);
  const relay = buildRelay();
  const logDaemon = join(folder, 'log-daemon');
  writeFileSync(logDaemon, `#!/bin/sh\nexec ${relay} log "$@"\n`);
  chmodSync(logDaemon, 0o755);
  return {
    relay,
    logDaemon,
    errorPages,
    socket: join(folder, 'run', 'agent.sock'),
    logFolder: join(folder, 'run', 'log'),
    upstreamCertificates: folder,
  };
}
