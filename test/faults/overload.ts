import { setTimeout as sleep } from 'node:timers/promises';
import { API_VERSION } from '../../src/api/index.ts';
import {
  apply,
  inPod,
  kubectl,
  leaveNamespaces,
  makeNamespace,
  removeNamespaces,
} from '../cluster/support/client-pods.ts';
import { runLoad, startLoadPod } from '../cluster/support/load/load.ts';
import { until } from '../support/until.ts';
import type { Fault, FaultStage } from './fault.ts';
import { type Recovery, recoveryOf, type Sample } from './recovery.ts';

const FLOOD = 'faults-flood';
const TARGET = 'flooded.example.com:443';
/** Clients that wait for nothing: sixteen of them take all that the machine is capable of. */
const CLIENTS = 160;
const SECONDS = 15;
const [OPENED, CLOSE, ENDED] = ['/tmp/tunnel-open', '/tmp/close-tunnel', '/tmp/tunnel-ended'];

/** Opens a tunnel in the load pod, and writes into a file whether it was open until the end. */
const HOLD = `
const fs = require("fs"), { connect } = require("net");
const proxy = new URL(process.env.HTTPS_PROXY);
const socket = connect(Number(proxy.port), proxy.hostname);
let state = "open";
socket.on("connect", () => socket.write("CONNECT ${TARGET} HTTP/1.1\\r\\nHost: ${TARGET}\\r\\n\\r\\n"));
socket.on("data", (data) => { if (String(data).includes(" 200 ")) fs.writeFileSync("${OPENED}", "yes"); });
for (const event of ["close", "error"]) socket.on(event, () => { state = "closed"; });
setInterval(() => {
  if (!fs.existsSync("${CLOSE}")) return;
  fs.writeFileSync("${ENDED}", state);
  process.exit();
}, 100);
`;

/** Milliseconds before and after the flood in which the victim is watched, and between two requests of it. */
const [CALM, AFTERWARDS, PAUSE] = [5000, 12_000, 10];
/** A name that the load does not ask for, since what it asks for is counted. */
const VICTIM_TARGET = 'watched.example.com:443';
const [WATCHING, WATCHED] = ['/tmp/watching', '/tmp/watched.json'];

/** Makes requests in the load pod until there is a file, and writes when each was answered and how long it took. */
const WATCH = `
const fs = require("fs"), { connect } = require("net");
const proxy = new URL(process.env.HTTPS_PROXY), samples = [];
const again = () => {
  if (!fs.existsSync("${WATCHING}")) return fs.writeFileSync("${WATCHED}", JSON.stringify(samples));
  const begun = performance.now(), socket = connect(Number(proxy.port), proxy.hostname);
  socket.on("connect", () => socket.write("CONNECT ${VICTIM_TARGET} HTTP/1.1\\r\\nHost: ${VICTIM_TARGET}\\r\\n\\r\\n"));
  socket.on("data", () => socket.destroy());
  socket.on("error", () => {});
  socket.on("close", () => {
    samples.push({ at: Date.now(), tookMs: performance.now() - begun });
    setTimeout(again, ${PAUSE});
  });
};
again();
`;

export const overload: Fault = {
  name: 'ten times the capacity',
  promise:
    'what exceeds the limits of a namespace is refused with 429; others are served, and its open tunnel stays open',
  except: {},
  make: flood,
};

async function flood({ namespace }: FaultStage): Promise<string> {
  const pod = `${FLOOD}/load`;
  const exists = async (file: string) => (await inPod(pod, `test -e ${file}`)).code === 0;
  await startFlooder();
  await allow(namespace, 'watched', VICTIM_TARGET);
  const victim = `${namespace}/load`;
  await inPod(
    victim,
    `rm -f ${WATCHED}; touch ${WATCHING}; node -e '${WATCH}' > /dev/null 2>&1 < /dev/null &`,
  );
  await sleep(CALM);
  await inPod(pod, `rm -f ${OPENED} ${CLOSE} ${ENDED}; node -e '${HOLD}' > /dev/null 2>&1 < /dev/null &`);
  await until('the tunnel is open', () => exists(OPENED));
  const begun = Date.now();
  const { counts, samples, endedAt } = await runLoad(`${FLOOD}/load`, {
    target: TARGET,
    concurrency: CLIENTS,
    seconds: SECONDS,
  });
  await inPod(pod, `touch ${CLOSE}`);
  await until('the end of the tunnel is known', () => exists(ENDED));
  const tunnel = (await inPod(pod, `cat ${ENDED}`)).stdout.trim();
  await sleep(AFTERWARDS);
  const recovery = recoveryOf(await watched(victim), begun, endedAt);
  await leaveNamespaces(FLOOD);
  if (tunnel !== 'open') throw new Error('the oldest tunnel was closed');
  const unclear = Object.keys(counts).filter((status) => status !== '200' && status !== '429');
  if (unclear.length > 0) throw new Error(`the flood was answered ${JSON.stringify({ counts, samples })}`);
  return describeRecovery(recovery);
}

async function watched(victim: string): Promise<Sample[]> {
  const read = `rm -f ${WATCHING}; for i in $(seq 100); do [ -s ${WATCHED} ] && break; sleep 0.1; done; cat ${WATCHED}`;
  return JSON.parse((await inPod(victim, read)).stdout) as Sample[];
}

function describeRecovery({ beforeMs, duringMs, seconds }: Recovery): string {
  const after = seconds === undefined ? 'not as before' : `as before ${seconds.toFixed(1)} s`;
  return `a victim's p99 of each second: ${beforeMs.toFixed(0)} ms at most before, ${duringMs.toFixed(0)} during, ${after} after the end`;
}

async function startFlooder(): Promise<void> {
  await removeNamespaces(FLOOD);
  await makeNamespace({ namespace: FLOOD, mode: 'enforce' });
  await allow(FLOOD, 'rules', TARGET);
  await startLoadPod(FLOOD);
}

async function allow(namespace: string, name: string, target: string): Promise<void> {
  const metadata = { name, namespace };
  await apply({ apiVersion: API_VERSION, kind: 'EgressRuleSet', metadata, spec: { targets: [target] } });
  await kubectl(`wait -n ${namespace} --for=condition=Programmed egressruleset/${name} --timeout=30s`);
}
