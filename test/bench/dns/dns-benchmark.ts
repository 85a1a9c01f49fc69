import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OutsideNames } from '../../../src/api/index.ts';
import { findBinary } from '../../integration/support/binaries.ts';
import { freePorts } from '../../integration/support/free-ports.ts';
import type { Benchmark } from '../benchmark.ts';
import { interleave } from '../figures/interleave.ts';
import { runLoad } from '../load.ts';
import { CORE_DNS, dnsSection, OURS_CLUSTER, OURS_OUTSIDE } from './dns-section.ts';

const NAME = 'web.shop.svc.cluster.local';
const CLIENTS = 32;
/** One address for each client: client-dns limits each. */
const sources = Array.from({ length: CLIENTS }, (_, index) => `127.0.9.${index + 1}`).join(',');
const MAIN = join(import.meta.dirname, '../../../src/main.ts');

export const dnsBenchmark: Benchmark = {
  name: 'dns',
  summary: 'closed DNS: answers a second and p99 of the nameserver of the proxy, against CoreDNS itself',
  async run({ quick, progress }) {
    const folder = mkdtempSync(join(tmpdir(), 'bench-dns-'));
    const [core = 0, ours = 0, telemetry = 0] = await freePorts(3);
    const agent = createServer((_, response) => response.end(JSON.stringify(refused)));
    const children: ChildProcess[] = [];
    try {
      progress('starting CoreDNS and client-dns');
      const socket = join(folder, 'agent.sock');
      agent.listen(socket);
      await once(agent, 'listening');
      children.push(startCoreDns(folder, core));
      children.push(startClientDns({ socket, core, ours, telemetry }));
      const names = { inside: file(folder, NAME), outside: file(folder, 'c2VjcmV0.evil.test') };
      const length = quick ? 0.5 : 4;
      const ask = (name: string, port: number, targets: string) => ({
        name,
        measure: () =>
          runLoad({
            kind: 'dns',
            clients: CLIENTS,
            length,
            flags: { proxy: `127.0.0.1:${port}`, sources, targets },
            mayFail: false,
          }),
      });
      await untilAnswered(() => ask('', ours, names.inside).measure());
      const contenders = [
        ask(CORE_DNS, core, names.inside),
        ask(OURS_CLUSTER, ours, names.inside),
        ask(OURS_OUTSIDE, ours, names.outside),
      ];
      return dnsSection(await interleave(contenders, { rounds: quick ? 1 : 7, progress }));
    } finally {
      for (const child of children) child.kill('SIGKILL');
      agent.close();
      rmSync(folder, { recursive: true });
    }
  },
};

/** What an agent answers about a pod of an enforced namespace. It is asked once a second for each client. */
const refused: OutsideNames = { answer: 'refuse', report: false, resolved: [] };

function startCoreDns(folder: string, port: number): ChildProcess {
  const file = join(folder, 'Corefile');
  writeFileSync(file, `.:${port} {\n  bind 127.0.0.1\n  hosts {\n    10.96.0.7 ${NAME}\n  }\n}\n`);
  return spawn(findBinary('network', 'coredns'), ['-conf', file, '-quiet'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

interface ClientDnsPorts {
  socket: string;
  core: number;
  ours: number;
  telemetry: number;
}

function startClientDns({ socket, core, ours, telemetry }: ClientDnsPorts): ChildProcess {
  const flags = {
    port: ours,
    'telemetry-port': telemetry,
    nameservers: `127.0.0.1:${core}`,
    'agent-socket': socket,
    'log-level': 'warn',
  };
  const args = Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
  return spawn(process.execPath, [MAIN, 'client-dns', ...args], { stdio: ['ignore', 'inherit', 'inherit'] });
}

function file(folder: string, name: string): string {
  const path = join(folder, name);
  writeFileSync(path, `${name}\n`);
  return path;
}

/** The first queries wait for the processes to listen. */
async function untilAnswered(measure: () => Promise<unknown>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await measure();
      return;
    } catch (error) {
      if (attempt === 10) throw error;
    }
  }
}
