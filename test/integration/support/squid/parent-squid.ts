import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { NAMESERVER } from './addresses.ts';

export interface ParentSquidOptions {
  name: string;
  /** Lines of its squid.conf: where it listens and whom it lets through. */
  lines: readonly string[];
  folder: string;
  /** Squid's instance name: letters and digits. */
  service: string;
  /** The arguments of nsenter for a command in the test's network namespace. */
  run: (...command: string[]) => string[];
}

/** One request as a parent saw it. */
export interface ParentLine {
  method: string;
  url: string;
  status: number;
  /** Header values as they came; `-` where there was none. */
  decisionId: string;
  pod: string;
  login: string;
}

/** Milliseconds. */
const STARTS = 30_000;

/** A real Squid in the role of a company's parent proxy. */
export class ParentSquid {
  readonly #options: ParentSquidOptions;
  #squid: ChildProcess | undefined;

  constructor(options: ParentSquidOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    const { name, folder, lines, service, run } = this.#options;
    const conf = join(folder, `parent-${name}.conf`);
    writeFileSync(conf, `${[...lines, ...this.#common()].join('\n')}\n`);
    const output = openSync(this.#path('out'), 'w');
    const squid = spawn('nsenter', run('squid', '-N', '-n', service, '-f', conf), {
      stdio: ['ignore', output, output],
    });
    this.#squid = squid;
    for (const until = Date.now() + STARTS; Date.now() < until; await sleep(50)) {
      if (readFileSync(this.#path('out'), 'utf8').includes('Accepting')) return;
      if (squid.exitCode !== null) break;
    }
    throw new Error(readFileSync(this.#path('out'), 'utf8'));
  }

  /** SIGSTOP: the kernel accepts connections for it, and none is answered until SIGCONT. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#squid?.kill(signal);
  }

  async kill(): Promise<void> {
    const { service } = this.#options;
    const squid = this.#squid;
    if (squid === undefined || squid.exitCode !== null || squid.signalCode !== null) return;
    const ended = once(squid, 'exit');
    squid.kill('SIGKILL');
    await ended;
    for (const file of globSync(`/dev/shm/${service}-*`)) rmSync(file);
  }

  /** Requests, oldest first, without those of the agent's probe; connections without one are left out. */
  lines(): ParentLine[] {
    const text = readFileSync(this.#path('log'), { encoding: 'utf8', flag: 'a+' });
    // Text after the last line feed is being written.
    return text
      .split('\n')
      .slice(0, -1)
      .map((line) => {
        const [method = '', url = '', status = '', decisionId = '', pod = '', login = ''] = line.split(' ');
        return { method, url, status: Number(status), decisionId, pod, login };
      });
  }

  #path(suffix: string): string {
    return join(this.#options.folder, `parent-${this.#options.name}.${suffix}`);
  }

  #common(): string[] {
    return [
      'pid_filename none',
      'coredump_dir none',
      'hosts_file none',
      'pinger_enable off',
      'cache deny all',
      'shutdown_lifetime 0 seconds',
      `visible_hostname ${this.#options.name}`,
      `dns_nameservers ${NAMESERVER}`,
      'positive_dns_ttl 1 second',
      'cache_log stdio:/dev/stderr',
      'acl has_request has request',
      'acl probe method OPTIONS',
      'logformat seen %rm %ru %>Hs %{X-Egress-Decision-Id}>h %{X-Egress-Pod}>h %{Proxy-Authorization}>h',
      `access_log stdio:${this.#path('log')} logformat=seen has_request !probe`,
    ];
  }
}
