import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { childrenOf, commandOf } from '../figures/processor-time.ts';
import { tools } from '../tools.ts';
import type { DataStage } from './data-stage.ts';
import { FEW_SOURCE, MANY_SOURCE, ORIGIN_HOST, OURS, PEER_PORT, peerAddress } from './network.ts';
import {
  envoyBootstrap,
  nativeSquidConf,
  smokescreenAcl,
  tinyproxyConf,
  tinyproxyFilter,
} from './peer-configs.ts';
import { FEW, MANY, ruleNames } from './rule-names.ts';

/** A proxy that is measured. */
export interface ProxyContender {
  name: string;
  /** address:port */
  proxy: string;
  /** The clients' own address. */
  source: string;
  /** How many names its rules allow. */
  rules: number;
  /** Its processes, by what they do. */
  processes: Record<string, number>;
}

export const OURS_FEW = 'kube-egress, 10 rules';
export const OURS_MANY = 'kube-egress, 10,000 rules';
export const NATIVE_FEW = 'Squid, dstdomain, 10 rules';
export const NATIVE_MANY = 'Squid, dstdomain, 10,000 rules';
export const FLOOR = 'Squid, allows all, no log';

/** Starts what ours is compared with. All stay; only the one that is asked works. */
export async function startContenders(stage: DataStage): Promise<ProxyContender[]> {
  return [
    ours(stage, OURS_FEW, FEW),
    ours(stage, OURS_MANY, MANY),
    await nativeSquid(stage, { name: NATIVE_FEW, at: 0, rules: FEW, log: true }),
    await nativeSquid(stage, { name: NATIVE_MANY, at: 1, rules: MANY, log: true }),
    await nativeSquid(stage, { name: FLOOR, at: 2, rules: undefined, log: false }),
    await tinyproxy(stage, { name: 'tinyproxy, 10 rules', at: 3, rules: FEW }),
    await goproxy(stage, { name: 'goproxy, 10,000 rules', at: 4, rules: MANY }),
    await smokescreen(stage, { name: 'Smokescreen, 10 rules', at: 5, rules: FEW }),
    await envoy(stage, { name: 'Envoy, 10 rules', at: 6, rules: FEW }),
    await mitmproxy(stage, { name: 'mitmproxy, 10 rules', at: 7, rules: FEW }),
    ...(await machineSquid(stage, 8)),
  ];
}

const MACHINE_SQUID = '/usr/sbin/squid';

/** The machine's own Squid, where it is another version than the image's. */
async function machineSquid(stage: DataStage, at: number): Promise<ProxyContender[]> {
  const version = existsSync(MACHINE_SQUID) ? versionOf(MACHINE_SQUID) : undefined;
  if (version === undefined || version === versionOf('squid')) return [];
  const name = `Squid ${version}, dstdomain, 10 rules`;
  return [await nativeSquid(stage, { name, at, rules: FEW, log: true, program: MACHINE_SQUID })];
}

/** Such as 6.13. */
const versionOf = (program: string): string | undefined =>
  /Version ([\d.]+)/.exec(execFileSync(program, ['-v'], { encoding: 'utf8' }))?.[1];

function ours({ squid }: DataStage, name: string, rules: number): ProxyContender {
  return { name, proxy: OURS, source: sourceOf(rules), rules, processes: processesOf(squid) };
}

/** The processes of our proxy that take part in a request, by what they do. */
export function processesOf({ squid, agent, gate }: DataStage['squid']): Record<string, number> {
  const processes: Record<string, number> = { squid: squid.pid, agent: agent.pid, gate: gate.pid };
  for (const pid of childrenOf(squid.pid)) {
    processes[commandOf(pid).includes(' acl ') ? 'relay' : 'log relay'] = pid;
  }
  return processes;
}

interface Native {
  name: string;
  at: number;
  rules: number | undefined;
  log: boolean;
  /** Default: the image's Squid. */
  program?: string;
}

export async function nativeSquid(
  stage: DataStage,
  { name, at, rules, log, program = 'squid' }: Native,
): Promise<ProxyContender> {
  const address = peerAddress(at);
  const conf = nativeSquidConf({
    address,
    names: rules === undefined ? undefined : stage.file(`names-${rules}`, lines(rules)),
    accessLog: log ? `${stage.folder(`native-${at}`)}/access.log` : undefined,
  });
  const command = [
    program,
    '-N',
    '-n',
    `native${process.pid}n${at}`,
    '-f',
    stage.file(`native-${at}.conf`, conf),
  ];
  const pid = await stage.startProxy(name, address, command);
  const [daemon] = childrenOf(pid);
  return {
    name,
    proxy: `${address}:${PEER_PORT}`,
    source: sourceOf(rules ?? FEW),
    rules: rules ?? FEW,
    processes: { squid: pid, ...(daemon !== undefined && { 'log daemon': daemon }) },
  };
}

interface Peer {
  name: string;
  at: number;
  rules: number;
}

async function tinyproxy(stage: DataStage, { name, at, rules }: Peer): Promise<ProxyContender> {
  const address = peerAddress(at);
  const conf = tinyproxyConf({
    address,
    filter: stage.file(`filter-${rules}`, tinyproxyFilter(ruleNames(rules))),
    log: `${stage.folder('tinyproxy')}/log`,
  });
  return plain(stage, { name, at, rules }, [
    'tinyproxy',
    '-d',
    '-c',
    stage.file(`tinyproxy-${rules}.conf`, conf),
  ]);
}

async function goproxy(stage: DataStage, peer: Peer): Promise<ProxyContender> {
  const names = stage.file(`names-${peer.rules}`, lines(peer.rules));
  const listen = `${peerAddress(peer.at)}:${PEER_PORT}`;
  return plain(stage, peer, [tools.goproxy(), '-listen', listen, '-names', names]);
}

async function smokescreen(stage: DataStage, peer: Peer): Promise<ProxyContender> {
  const acl = stage.file(`acl-${peer.rules}.yaml`, smokescreenAcl(ruleNames(peer.rules)));
  const listen = ['--listen-ip', peerAddress(peer.at), '--listen-port', String(PEER_PORT)];
  const open = ['--allow-range', `${ORIGIN_HOST}/32`];
  return plain(stage, peer, [tools.smokescreen(), ...listen, ...open, '--egress-acl-file', acl]);
}

/** Its dynamic forward proxy, with its own number of threads: one for each processor. */
async function envoy(stage: DataStage, peer: Peer): Promise<ProxyContender> {
  const bootstrap = envoyBootstrap({
    address: peerAddress(peer.at),
    names: ruleNames(peer.rules),
    log: `${stage.folder('envoy')}/access.log`,
  });
  const config = stage.file('envoy.json', JSON.stringify(bootstrap));
  return plain(stage, peer, [tools.envoy(), '-c', config, '--disable-hot-restart', '--log-level', 'warning']);
}

const ALLOW_NAMES = join(import.meta.dirname, '../tools/mitmproxy/allow_names.py');

/** It decides by the name of a CONNECT, and passes the tunnel on as it is. */
async function mitmproxy(stage: DataStage, peer: Peer): Promise<ProxyContender> {
  const options = {
    confdir: stage.folder('mitmproxy'),
    listen_host: peerAddress(peer.at),
    listen_port: PEER_PORT,
    ignore_hosts: '.*',
    scripts: ALLOW_NAMES,
    names: stage.file(`names-${peer.rules}`, lines(peer.rules)),
  };
  const set = Object.entries(options).flatMap(([name, value]) => ['--set', `${name}=${value}`]);
  return plain(stage, peer, ['mitmdump', ...set]);
}

async function plain(
  stage: DataStage,
  { name, at, rules }: Peer,
  command: string[],
): Promise<ProxyContender> {
  const address = peerAddress(at);
  const pid = await stage.startProxy(name, address, command);
  return {
    name,
    proxy: `${address}:${PEER_PORT}`,
    source: sourceOf(rules),
    rules,
    processes: { proxy: pid },
  };
}

const sourceOf = (rules: number): string => (rules === MANY ? MANY_SOURCE : FEW_SOURCE);
const lines = (count: number): string =>
  ruleNames(count)
    .map((name) => `${name}\n`)
    .join('');
