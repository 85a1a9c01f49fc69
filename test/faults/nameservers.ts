import { setTimeout as sleep } from 'node:timers/promises';
import { API_VERSION } from '../../src/api/index.ts';
import { apply, kubectl } from '../cluster/support/client-pods.ts';
import { findContainer, signalContainer } from '../cluster/support/containers.ts';
import { runLoad } from '../cluster/support/load/load.ts';
import { until } from '../support/until.ts';
import type { Fault, FaultStage } from './fault.ts';
import { CLUSTER_DNS, deletePod, podsWith } from './pods.ts';

const DNS = 'kube-system';
/** What the names of the load resolve to: the internet simulator, and instead of it the API server's Service. */
const TRUE_ADDRESS = '203.0.113.10';
const LIE = '10.96.0.1';
/** A name that the load does not ask for, since what it asks for is counted. */
const TARGET = 'lied.example.com:443';
/** The resolver stands still for most of the time: milliseconds, and how often. */
const [STILL, AWAKE, TIMES] = [1500, 300, 12];

export const nameservers: readonly Fault[] = [
  {
    name: 'resolver slow',
    promise: 'requests wait for it, and none is refused by it; names that were resolved before are used',
    except: {},
    make: slowDown,
  },
  {
    name: 'resolver lying',
    promise:
      'a name that resolves to a private address is refused with that reason, until it resolves to another one',
    except: { refusedByGuard: true },
    make: lie,
  },
];

async function slowDown(): Promise<string> {
  const pods = await podsWith(DNS, CLUSTER_DNS);
  const containers = await Promise.all(pods.map((pod) => findContainer(DNS, pod, 'coredns')));
  const signal = (name: string) => Promise.all(containers.map((one) => signalContainer(one, name)));
  try {
    for (let time = 0; time < TIMES; time += 1) {
      await signal('SIGSTOP');
      await sleep(STILL);
      await signal('SIGCONT');
      await sleep(AWAKE);
    }
  } finally {
    await signal('SIGCONT');
  }
  return `the resolver stood still for ${STILL} ms, ${TIMES} times`;
}

async function lie(stage: FaultStage): Promise<string> {
  const read = `get configmap -n ${DNS} coredns -o json`;
  const honest = JSON.parse(await kubectl(read)) as { data: { Corefile: string } };
  const { data } = honest;
  await allow(stage);
  const lying = { Corefile: data.Corefile.replaceAll(TRUE_ADDRESS, LIE) };
  await serve(lying);
  try {
    await answered(stage, '403');
    const { counts } = await runLoad(`${stage.namespace}/load`, { target: TARGET, total: 200 });
    if (counts['403'] !== 200) throw new Error(`with a lying resolver: ${JSON.stringify(counts)}`);
  } finally {
    await serve(data);
    await answered(stage, '200');
  }
  return '200 of 200 requests for its name were refused then';
}

async function allow({ namespace }: FaultStage): Promise<void> {
  const metadata = { name: 'lied', namespace };
  await apply({ apiVersion: API_VERSION, kind: 'EgressRuleSet', metadata, spec: { targets: [TARGET] } });
  await kubectl(`wait -n ${namespace} --for=condition=Programmed egressruleset/lied --timeout=30s`);
}

async function serve(data: { Corefile: string }): Promise<void> {
  const metadata = { name: 'coredns', namespace: DNS };
  await apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data });
  for (const pod of await podsWith(DNS, CLUSTER_DNS)) await deletePod(DNS, pod, 'kube-dns');
}

/** Resolves when the answer is that one, and of every replica: what was resolved before is used for a while. */
async function answered({ namespace }: FaultStage, status: string): Promise<void> {
  const ask = () => runLoad(`${namespace}/load`, { target: TARGET, total: 16 });
  await until(`the answer is ${status}`, ask, ({ counts }) => counts[status] === 16, {
    limitMs: 90_000,
    intervalMs: 1000,
  });
}
