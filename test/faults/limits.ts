import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { bash } from '../../scripts/scenario/shell.ts';
import { kubectl } from '../cluster/support/client-pods.ts';
import { findContainer } from '../cluster/support/containers.ts';
import { podsOf } from '../cluster/support/own-proxy.ts';
import { until } from '../support/until.ts';
import type { Fault, FaultStage } from './fault.ts';
import { CONTAINER_KILLED } from './processes.ts';

const USER = 65532;
/** Seconds for which an agent has no descriptors left. */
const SECONDS = 20;
const MIB = 1 << 20;
/** By which a memory limit is lowered. */
const STEP = MIB / 16;

export const limits: readonly Fault[] = [
  {
    name: 'agent without free descriptors',
    promise:
      'its pod is not ready and says why, its clients go to the other pod, and it is used again afterwards',
    except: {},
    make: useUpDescriptors,
  },
  ...(['agent', 'squid'] as const).map(
    (container): Fault => ({
      name: `container ${container} at its memory limit`,
      promise: 'the kernel ends it, and it is started again; the other pod takes over',
      except: CONTAINER_KILLED[container],
      make: (stage) => outOfMemory(stage, container),
    }),
  ),
];

async function useUpDescriptors({ proxy }: FaultStage): Promise<string> {
  const [pod = ''] = await podsOf(proxy);
  const process = largestOf(await memoryGroupOf(proxy, pod, 'agent'));
  const descriptors = readdirSync(`/proc/${process}/fd`).map(Number);
  const before = (await prlimit(process, '--nofile --output=SOFT --noheadings --raw')).trim();
  // The numbers below the highest are given out again, as many as are free; new connections need more.
  await prlimit(process, `--nofile=${Math.max(...descriptors) + 1}:`);
  try {
    await sleep(SECONDS * 1000);
  } finally {
    await prlimit(process, `--nofile=${before}:`);
  }
  return `for ${SECONDS} s, with ${descriptors.length} descriptors in use`;
}

/** As the agent's user: another one, root included, may have to have a capability for it. */
async function prlimit(process: number, args: string): Promise<string> {
  const { code, stdout, stderr } = await bash(
    `setpriv --reuid=${USER} --regid=${USER} --clear-groups prlimit --pid ${process} ${args}`,
  );
  if (code !== 0) throw new Error(stderr);
  return stdout;
}

/** Lowers the limit of a running container to what it uses, until the kernel has ended one of its processes. */
async function outOfMemory({ proxy }: FaultStage, container: string): Promise<string> {
  const [pod = ''] = await podsOf(proxy);
  const group = await memoryGroupOf(proxy, pod, container);
  const limitFile = join(group, isUnified ? 'memory.max' : 'memory.limit_in_bytes');
  const before = readFileSync(limitFile, 'utf8');
  const killed = killsOf(group);
  const squeeze = async () => {
    lower(group, limitFile);
    return killsOf(group) > killed;
  };
  let used = 0;
  try {
    used = usedBy(group);
    await until(`the kernel ends ${container}`, squeeze, undefined, { limitMs: 120_000, intervalMs: 200 });
  } finally {
    // Its cgroup goes with its first process.
    if (existsSync(limitFile)) writeFileSync(limitFile, before);
  }
  await kubectl(`wait -n ${proxy.namespace} pod/${pod} --for=condition=Ready --timeout=90s`, '', 100);
  return `it used ${Math.round(used / MIB)} MiB`;
}

/** To what the container uses, and below it as far as the kernel can reclaim: then it refuses, or ends a process. */
function lower(group: string, limitFile: string): void {
  try {
    for (let limit = usedBy(group) + STEP; limit > 0; limit -= STEP) writeFileSync(limitFile, `${limit}`);
  } catch {}
}

const isUnified = existsSync('/sys/fs/cgroup/cgroup.controllers');
const MEMORY = isUnified ? '/sys/fs/cgroup' : '/sys/fs/cgroup/memory';

/** The folder of a container's cgroup, as the host has it. */
async function memoryGroupOf(
  { namespace }: FaultStage['proxy'],
  pod: string,
  container: string,
): Promise<string> {
  const { id } = await findContainer(namespace, pod, container);
  const { stdout } = await bash(`find ${MEMORY} -type d -name ${id} -print -quit`);
  if (stdout === '') throw new Error(`there is no cgroup of ${pod}'s ${container}`);
  return stdout.trim();
}

function usedBy(group: string): number {
  return Number(readFileSync(join(group, isUnified ? 'memory.current' : 'memory.usage_in_bytes'), 'utf8'));
}

/** Processes that the kernel has ended; Infinity when the cgroup is gone. */
function killsOf(group: string): number {
  const file = join(group, isUnified ? 'memory.events' : 'memory.oom_control');
  if (!existsSync(file)) return Number.POSITIVE_INFINITY;
  const [, kills = '0'] = /^oom_kill (\d+)$/m.exec(readFileSync(file, 'utf8')) ?? [];
  return Number(kills);
}

/** The process of a cgroup with the most descriptors: the agent, and not its supervisor. */
function largestOf(group: string): number {
  const processes = readFileSync(join(group, 'cgroup.procs'), 'utf8').trim().split('\n').map(Number);
  const open = (process: number) => readdirSync(`/proc/${process}/fd`).length;
  return processes.reduce((largest, one) => (open(one) > open(largest) ? one : largest));
}
