import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tools } from './tools.ts';

/** What tools/load prints; times in milliseconds. */
export interface LoadReport {
  answered: number;
  /** With those of the time that does not count. */
  allAnswered: number;
  failed: Record<string, number>;
  seconds: number;
  perSecond: number;
  bytes: number;
  p50: number;
  p99: number;
  max: number;
}

export interface LoadRun {
  kind: 'connect' | 'hello' | 'get' | 'tunnel' | 'post' | 'dns';
  clients: number;
  /** Seconds that count, and seconds before that do not. */
  length: number;
  warm?: number;
  flags: Record<string, string>;
  /** A network namespace to run in. */
  inside?: string;
  /** A command that sets the priority of the one after it. */
  ahead?: readonly string[];
  /** Failures are what is measured. */
  mayFail?: boolean;
}

/** Runs the load generator and gives its report. Rejects when more than one in a thousand failed. */
export async function runLoad({
  kind,
  clients,
  length,
  warm = 0.2,
  flags,
  inside,
  ahead = [],
  mayFail = false,
}: LoadRun): Promise<LoadReport> {
  const args = [`-clients=${clients}`, `-length=${length}s`, `-warm=${warm}s`];
  for (const [name, value] of Object.entries(flags)) args.push(`-${name}=${value}`);
  const [program = '', ...before] =
    inside === undefined ? [tools.load()] : ['nsenter', inside, ...ahead, tools.load()];
  const child = spawn(program, [...before, kind, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`load ${kind} ended with ${code}`);
  const report = timed(JSON.parse(output) as LoadReport);
  const failed = Object.values(report.failed).reduce((sum, count) => sum + count, 0);
  if (!mayFail && failed * 1000 > report.answered) {
    throw new Error(`load ${kind} ${JSON.stringify(flags)}: ${JSON.stringify(report)}`);
  }
  return report;
}

/** Where nothing was answered there is no time of an answer. */
function timed(report: LoadReport): LoadReport {
  const none = { p50: Number.NaN, p99: Number.NaN, max: Number.NaN };
  return report.answered === 0 ? { ...report, ...none } : report;
}
