/** What Squid starts as its children: they carry its questions and its log to the agent and outlive the agent. */
import { connect } from 'node:net';
import { relayQuestions } from './acl-relay.ts';
import { relayLog } from './log-relay.ts';
import { SegmentFiles } from './segment-files.ts';
import { SegmentLog } from './segment-log.ts';

const USAGE = 'Usage: kube-egress relay acl --socket PATH | kube-egress relay log FOLDER\n';
const now = () => performance.now();
const warn = (message: string) => process.stderr.write(`relay: ${message}\n`);

/** Runs until stdin ends, whatever else happens: Squid refuses what is under way when a child of its dies. */
export async function runRelay(args: readonly string[]): Promise<number> {
  const [kind, ...rest] = args;
  const path = kind === 'acl' ? socketOf(rest) : rest[0];
  if ((kind !== 'acl' && kind !== 'log') || path === undefined) {
    process.stderr.write(USAGE);
    return 2;
  }
  // Signals to the whole group are meant for Squid, which then closes our stdin.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
  process.on('uncaughtException', (error) => warn(error.message));
  await (kind === 'acl' ? runAcl(path) : runLog(path));
  process.exit(0);
}

function socketOf([flag, path]: readonly string[]): string | undefined {
  return flag === '--socket' ? path : undefined;
}

function runAcl(path: string): Promise<void> {
  const run = Math.random().toString(36).slice(2, 8);
  let count = 0;
  return relayQuestions({
    questions: process.stdin,
    answers: process.stdout,
    connect: () => connect(path),
    now,
    newId: () => `relay-${run}-${(count++).toString(36)}`,
  });
}

function runLog(folder: string): Promise<void> {
  const log = new SegmentLog({ store: new SegmentFiles(folder), now });
  log.seal();
  return relayLog({ commands: process.stdin, log, warn });
}
