import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Log } from '../telemetry/index.ts';
import { type Clock, sleep } from '../time/index.ts';
import { followFeed } from './feed.ts';

export interface GoAccessOptions {
  /** Folder of the feed. */
  feedDir: string;
  /** Folder for GoAccess's page and its pipes. */
  workDir: string;
  /** Port of GoAccess's WebSocket, on 127.0.0.1. */
  port: number;
  clock: Clock;
  log: Log;
}

/**
 * Format of src/agent/audit/log-formats.ts, with the target's host as the virtual host and the pod as the remote user.
 */
const FORMAT = '%v %h %e [%d:%t %^] "%r" %s %b %L "%R" "%u"';
/** Milliseconds before GoAccess is restarted after it ended. */
const RESTART = 2000;
/** Days that the page shows, which bounds GoAccess's memory. */
const DAYS = 7;

export function pagePath(workDir: string): string {
  return join(workDir, 'index.html');
}

/** Runs GoAccess on the feed until the signal is aborted. A restarted GoAccess reads the whole feed again. */
export async function runGoAccessProcess(options: GoAccessOptions, signal: AbortSignal): Promise<void> {
  const { clock, log } = options;
  while (!signal.aborted) {
    const child = start(options);
    const ended = new AbortController();
    child.once('close', () => ended.abort());
    child.once('error', (err) => {
      log.error({ err }, 'GoAccess cannot be started');
      ended.abort();
    });
    signal.addEventListener('abort', () => child.kill('SIGTERM'), { once: true, signal: ended.signal });
    await feed(child, options, AbortSignal.any([signal, ended.signal]));
    if (signal.aborted) return;
    log.warn({ code: child.exitCode, signal: child.signalCode }, 'GoAccess ended; it is restarted in 2 s');
    await sleep(clock, RESTART, signal);
  }
}

function start({ workDir, port }: GoAccessOptions): ChildProcess {
  // pdeathsig ends GoAccess with this process, even after a kill: otherwise it would keep the port.
  const args = [
    '--pdeathsig=KILL',
    'goaccess',
    '-',
    '--no-global-config',
    `--log-format=${FORMAT}`,
    '--date-format=%d/%b/%Y',
    '--time-format=%T',
    `--keep-last=${DAYS}`,
    '--real-time-html',
    '--addr=127.0.0.1',
    `--port=${port}`,
    `--output=${pagePath(workDir)}`,
    `--fifo-in=${join(workDir, 'in')}`,
    `--fifo-out=${join(workDir, 'out')}`,
    '--html-report-title=Egress',
    '--no-progress',
  ];
  return spawn('setpriv', args, {
    stdio: ['pipe', 'ignore', 'ignore'],
    env: { PATH: process.env['PATH'], TZ: 'UTC' },
  });
}

async function feed(
  child: ChildProcess,
  { feedDir, clock }: GoAccessOptions,
  signal: AbortSignal,
): Promise<void> {
  const { stdin } = child;
  if (stdin === null) return;
  // A write after GoAccess's end fails; `signal` reports the end.
  stdin.on('error', () => {});
  for await (const chunk of followFeed(feedDir, clock, signal)) {
    if (!stdin.write(chunk)) await once(stdin, 'drain', { signal }).catch(() => {});
  }
  stdin.end();
}
